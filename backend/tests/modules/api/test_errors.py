"""Every error that callers can see has its HTTP status in the one table, and comes in the envelope."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.db import OperationalError, ProgrammingError, connection
from django.http import Http404, HttpRequest
from psycopg.errors import UndefinedTable

from igny8_core.business import errors
from igny8_core.business.errors import Igny8Error, RequestInProgress
from igny8_core.modules.api.envelope import shown
from igny8_core.modules.api_errors import STATUSES, bad_request, handle, server_error
from tests.modules.api.caller import MODELS, Caller


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


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (RequestDataTooBig("big"), 413, "body_too_large"),
        (TooManyFieldsSent("many"), 400, "invalid_request"),
        (RecursionError(), 400, "invalid_request"),
        (OperationalError("away"), 503, "database_unavailable"),
    ],
)
def test_what_the_machinery_raises_is_answered_for_what_it_means(
    error: Exception, status: int, code: str
) -> None:
    response = handle(error, {})
    assert response is not None
    assert (response.status_code, response.data["error"]["code"]) == (status, code)


def test_a_missing_table_is_told_apart_from_a_bug() -> None:
    error = ProgrammingError("no such table")
    assert handle(error, {}) is None
    error.__cause__ = UndefinedTable()
    response = handle(error, {})
    assert response is not None
    assert (response.status_code, response.data["error"]["code"]) == (503, "tables_missing")


def test_without_the_table_of_models_the_list_says_so(reader: Caller) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_aimodelconfig RENAME TO billing_away")
        try:
            answer = reader.get()
        finally:
            cursor.execute("ALTER TABLE billing_away RENAME TO billing_aimodelconfig")
    assert (answer.status, answer.code) == (503, "tables_missing")


@pytest.mark.parametrize(("handler", "status"), [(server_error, 500), (bad_request, 400)])
def test_django_answers_below_api_in_the_envelope_and_elsewhere_in_its_own_way(
    handler: Callable[..., object], status: int
) -> None:
    request = HttpRequest()
    given = [ValueError()] if handler is bad_request else []
    for path, kind in ((MODELS, "application/json"), ("/admin/", "text/html; charset=utf-8")):
        request.path = path
        response = handler(request, *given)
        assert (response.status_code, response.headers["Content-Type"]) == (status, kind)  # type: ignore[attr-defined]


def test_a_bug_is_500_in_the_envelope(
    reader: Caller, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("igny8_core.modules.billing.views.models_for", fail)
    answer = reader.get()
    assert (answer.status, answer.code, answer.details) == (500, "server_error", {})


def test_what_is_shown_back_is_short_and_can_be_written() -> None:
    assert shown("a" * 10_000) == "a" * 200 + "…"
    assert shown("\x00\ud800") == "��"


@pytest.mark.parametrize(
    ("path", "details"),
    [
        ("/api/v1/nothing/", {}),
        ("/api/v2/", {}),
        ("/api/v1/billing/ai/models", {"address": MODELS}),
        ("/api/v1/billing/ai/models/gpt-4o", {"address": f"{MODELS}gpt-4o/"}),
        ("/api/v1/auth/token", {"address": "/api/v1/auth/token/"}),
    ],
)
def test_an_address_that_is_not_there_is_404_and_a_forgotten_slash_is_named(
    nobody: Caller, path: str, details: dict[str, str]
) -> None:
    answer = nobody.get(path)
    assert (answer.status, answer.code, answer.details) == (404, "not_found", details)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
@pytest.mark.parametrize(
    ("address", "allowed"),
    [("", ["GET", "HEAD", "OPTIONS"]), ("gpt-4o/", ["GET", "PATCH", "HEAD", "OPTIONS"])],
)
def test_models_are_neither_made_nor_deleted_here(
    editor: Caller, method: str, address: str, allowed: list[str]
) -> None:
    answer = editor.send(method, MODELS + address, "{}")
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.body["message"] == f"{method} is not allowed here; allowed: {', '.join(allowed)}"
    assert answer.details == {"allowed": allowed}
    assert answer.headers["Allow"] == ", ".join(allowed)


def test_only_json_is_spoken(reader: Caller) -> None:
    answer = reader.get(accept="text/html")
    assert (answer.status, answer.code, answer.details) == (
        406,
        "not_acceptable",
        {"allowed": ["application/json"]},
    )


def test_options_say_what_an_address_can(reader: Caller, nobody: Caller) -> None:
    answer = reader.send("OPTIONS", f"{MODELS}gpt-4o/")
    assert (answer.status, answer.body) == (
        200,
        {
            "success": True,
            "message": "Options retrieved successfully",
            "data": {
                "methods": ["GET", "PATCH", "HEAD", "OPTIONS"],
                "renders": ["application/json"],
                "parses": ["application/json"],
            },
        },
    )
    assert nobody.send("OPTIONS", MODELS).code == "not_authenticated"
