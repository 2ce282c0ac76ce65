"""OpenAI's shape of an error, and the checks of a request that raise it."""

from typing import Any

from igny8_core.ai.emulator.answer import Answer, Json, dumped


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {"message": message, "type": type, "param": param, "code": code}

    def answer(self) -> Answer:
        return Answer(status=self.status, parts=(dumped({"error": self.error}),))


def required(body: Json, param: str, kind: type) -> Any:
    """The parameter's value, which must be there, of its kind, and not empty."""
    if param not in body:
        message = f"Missing required parameter: '{param}'."
        raise Refusal(400, message, param=param, code="missing_required_parameter")
    value = body[param]
    if not isinstance(value, kind) or not value:
        raise Refusal(400, f"Invalid value for '{param}'.", param=param, code="invalid_value")
    return value


def whole_number(body: Json, param: str, *, default: int | None, most: int | None = None) -> int | None:
    """The parameter's value, 1 or more; `default` where it is missing or null."""
    value = body.get(param)
    if value is None:
        return default
    if type(value) is not int or value < 1 or (most is not None and value > most):
        bounds = "1 or more" if most is None else f"1 to {most}"
        raise Refusal(
            400, f"Invalid '{param}': expected an integer, {bounds}.", param=param, code="invalid_value"
        )
    return value
