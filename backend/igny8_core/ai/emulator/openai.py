"""The OpenAI dialect: which paths there are, who may ask, and how it says no."""

import json
from collections.abc import Callable

from igny8_core.ai.emulator import openai_chat, openai_images
from igny8_core.ai.emulator.answer import Answer, Json, Request, dumped
from igny8_core.ai.emulator.openai_refusal import Refusal
from igny8_core.ai.emulator.scripts import Script

MODELS = (
    "gpt-4.1",
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-5.1",
    "gpt-5.2",
    "dall-e-2",
    "dall-e-3",
    "gpt-image-1",
    "gpt-image-1-mini",
)
FAULTS = {
    400: ("invalid_request_error", None, "We could not understand your request."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    402: ("billing_error", "billing_hard_limit_reached", "Billing hard limit has been reached."),
    403: ("permission_error", "forbidden", "Your key may not use this resource."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist or you may not use it."),
    408: ("timeout_error", "request_timeout", "The request timed out."),
    409: ("conflict_error", "conflict", "The resource was changed by another request."),
    413: ("invalid_request_error", "request_too_large", "The request is too large."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached. Please try again later."),
    500: ("server_error", None, "The server had an error while processing your request. Sorry about that!"),
    503: ("server_error", "service_unavailable", "The engine is currently overloaded."),
    529: ("overloaded_error", "overloaded", "The service is temporarily overloaded."),
}


def answer(*, request: Request, script: Script) -> Answer:
    """The reply to one request, before any fault in how it arrives."""
    try:
        endpoint = _endpoint(request)
        if script.status is not None:
            raise _fault(status=script.status, message=script.error_message)
        return endpoint(request, script)
    except Refusal as refusal:
        return refusal.answer()


def _endpoint(request: Request) -> Callable[[Request, Script], Answer]:
    methods = ENDPOINTS.get(request.path)
    if methods is None:
        raise Refusal(404, f"Invalid URL ({request.method} {request.path})")
    endpoint = methods.get(request.method)
    if endpoint is None:
        raise Refusal(405, f"Not allowed to {request.method} on {request.path}.", code="method_not_supported")
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refusal(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header "
            "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
    return endpoint


def _fault(*, status: int, message: str | None) -> Refusal:
    family = "server_error" if status >= 500 else "invalid_request_error"
    kind, code, usual = FAULTS.get(status, (family, None, f"HTTP {status}."))
    return Refusal(status, usual if message is None else message, type=kind, code=code)


def _body(request: Request) -> Json:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "We could not parse the JSON body of your request: a JSON object is expected.")
    return body


def _chat(request: Request, script: Script) -> Answer:
    return openai_chat.answer(body=_body(request), request=request, script=script)


def _images(request: Request, script: Script) -> Answer:
    return openai_images.answer(body=_body(request), request=request, script=script)


def _models(request: Request, script: Script) -> Answer:
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "emulator"} for name in MODELS]
    return Answer(status=200, parts=(dumped({"object": "list", "data": listed, **script.reply}),))


ENDPOINTS: dict[str, dict[str, Callable[[Request, Script], Answer]]] = {
    "/v1/chat/completions": {"POST": _chat},
    "/v1/images/generations": {"POST": _images},
    "/v1/models": {"GET": _models},
}
