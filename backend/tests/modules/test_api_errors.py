"""Every error that callers can see has its HTTP status in the one table."""

from igny8_core.business import errors
from igny8_core.business.errors import Igny8Error, RequestInProgress
from igny8_core.modules.api_errors import STATUSES, handle


def codes() -> set[str]:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    return {cls.code for cls in classes if issubclass(cls, Igny8Error) and cls is not Igny8Error}


def test_every_code_has_a_status_and_every_status_a_code() -> None:
    assert codes() == STATUSES.keys()


def test_an_error_in_progress_says_when_to_come_back() -> None:
    error = RequestInProgress("busy", request_id=errors.UUID(int=1), retry_after_seconds=2)
    response = handle(error, {})
    assert response is not None
    assert (response.status_code, response.headers["Retry-After"]) == (409, "2")
    assert response.data["error"]["code"] == "in_progress"


def test_an_error_that_is_not_ours_is_not_hidden() -> None:
    assert handle(ValueError("a bug"), {}) is None
