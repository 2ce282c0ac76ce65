"""What the operations of the schema share: named components, and the errors that each may answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from igny8_core.modules.api.envelope import failure
from igny8_core.modules.api_errors import ACCEPTED_CREDENTIALS

Schema = dict[str, Any]
# (status, name of the example, envelope)
ErrorExample = tuple[int, str, dict[str, Any]]


class EnvelopedSchema(AutoSchema):
    def _is_list_view(self, serializer: Any = None) -> bool:
        """A list comes in an envelope, which is none."""
        return False


_components: dict[str, Schema] = {}


def component(name: str, schema: Schema) -> Schema:
    """Names a schema, and refers to it."""
    _components[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def add_components(result: Schema, generator: object, request: object, public: bool) -> Schema:
    """drf-spectacular's postprocessing hook."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    result["components"]["schemas"] = dict(sorted((schemas | _components).items()))
    return result


def closed(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def answer(name: str, data: Schema, meta: Schema | None = None) -> Schema:
    """The envelope of what succeeds."""
    parts: dict[str, Schema] = {"success": {"const": True}, "message": {"type": "string"}, "data": data}
    return component(name, closed(parts if meta is None else parts | {"meta": meta}))


ERROR: Final = component(
    "Error",
    closed(
        {
            "success": {"const": False},
            "message": {
                "type": "string",
                "description": "What was wrong, with the value and what is allowed: for people.",
            },
            "error": closed(
                {
                    "code": {"type": "string", "description": "Stable: for programs."},
                    "details": {"type": "object", "description": "The data of the error, by code."},
                }
            ),
        }
    ),
)

DESCRIPTIONS: Final = {
    400: "The request is not valid; nothing was changed.",
    401: "Nobody is authenticated, or the credentials are not valid any more.",
    403: "The caller is known and may not do this.",
    404: "There is no such model among those that the caller asked for.",
    405: "The method is not allowed at this address.",
    406: "Only JSON is spoken here.",
    409: "The change looks like a slip of the hand and is not confirmed, or the rules of the catalogue refuse it;"
    " nothing was changed.",
    412: "The catalogue has changed since the tag in `If-Match` was given; nothing was changed.",
    413: "The body is larger than this server reads.",
    415: "The body's content type is not one that is read here.",
    429: "Too many requests: ask again after `Retry-After` seconds.",
    503: "The database does not answer, or its tables are missing.",
}

COMMON_ERRORS: Final = (
    (
        401,
        "No credentials",
        failure(
            f"authentication is required: send {' or '.join(ACCEPTED_CREDENTIALS)}",
            "not_authenticated",
            {"accepted": list(ACCEPTED_CREDENTIALS)},
        ),
    ),
    (
        401,
        "Expired token",
        failure("the access token has expired; renew it with the refresh token", "token_expired", {}),
    ),
    (401, "Invalid token", failure("this is not a valid access token", "token_not_valid", {})),
    (401, "Revoked token", failure("the token has been revoked; obtain a new one", "token_revoked", {})),
    (
        401,
        "Unknown API key",
        failure("the API key is unknown or revoked, or its account is not active", "api_key_not_valid", {}),
    ),
)
EVERYWHERE: Final = (
    (
        406,
        "Not acceptable",
        failure(
            "Could not satisfy the request Accept header. Allowed: application/json",
            "not_acceptable",
            {"allowed": ["application/json"]},
        ),
    ),
    (
        429,
        "Throttled",
        failure("too many requests; try again in 3 s", "throttled", {"retry_after_seconds": 3}),
    ),
    (
        503,
        "Database away",
        failure("the database does not answer; try again", "database_unavailable", {}),
    ),
)
BODY_ERRORS: Final = (
    (
        400,
        "Malformed body",
        failure("JSON parse error - Expecting value: line 1 column 1 (char 0)", "invalid_request", {}),
    ),
    (413, "Too large", failure("the body is larger than this server reads", "body_too_large", {})),
)


def other_method(*allowed: str) -> ErrorExample:
    message = f"PUT is not allowed here; allowed: {', '.join(allowed)}"
    return 405, "Method not allowed", failure(message, "method_not_allowed", {"allowed": list(allowed)})


def other_media_type(*allowed: str) -> ErrorExample:
    message = f'Unsupported media type "text/plain" in request. Allowed: {", ".join(allowed)}'
    return 415, "Content type", failure(message, "unsupported_media_type", {"allowed": list(allowed)})


RETRY_AFTER: Final = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[429, 503],
    description="Seconds, rounded up.",
)
CHALLENGE: Final = OpenApiParameter(
    "WWW-Authenticate",
    str,
    OpenApiParameter.HEADER,
    response=[401],
    description="`Bearer`.",
)


def errors(*examples: ErrorExample) -> dict[int, OpenApiResponse]:
    """The responses of these errors, by status, each with its examples."""
    by_status: dict[int, list[OpenApiExample]] = {}
    for status, name, value in sorted(examples, key=lambda example: example[0]):
        by_status.setdefault(status, []).append(
            OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])
        )
    return {
        status: OpenApiResponse(ERROR, DESCRIPTIONS[status], examples)
        for status, examples in by_status.items()
    }
