"""How the schema describes the addresses of models."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, OpenApiResponse

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.api.envelope import failure, success
from igny8_core.modules.api.parameters import Parameter
from igny8_core.modules.api.schema import (
    BODY_ERRORS,
    CHALLENGE,
    COMMON_ERRORS,
    EVERYWHERE,
    RETRY_AFTER,
    Schema,
    answer,
    closed,
    component,
    errors,
    other_media_type,
    other_method,
)
from igny8_core.modules.billing.model_query import DETAIL_PARAMETERS, LIST_PARAMETERS
from igny8_core.modules.billing.price_samples import DALL_E_DETAIL, MINI_DETAIL
from igny8_core.modules.billing.price_shapes import DATED_RATE, PRICING, USD_OR_NULL
from igny8_core.modules.billing.serializers import (
    ADMINISTRATION,
    CAPABILITIES,
    COMMON,
    IMAGE,
    TAIL,
    TEXT,
    AIModelEditSerializer,
)

FLAG: Final = {"type": "boolean"}
COUNT: Final = {"type": ["integer", "null"]}
TEXT_LINE: Final = {"type": "string"}
SHAPES: Final[dict[str, Schema]] = {
    "model_name": TEXT_LINE,
    "display_name": TEXT_LINE,
    "provider": TEXT_LINE | {"description": "Slug of the provider."},
    "input_cost_per_1m": USD_OR_NULL,
    "output_cost_per_1m": USD_OR_NULL,
    "cost_per_image": USD_OR_NULL,
    "context_window": COUNT,
    "max_output_tokens": COUNT,
    "valid_sizes": {"type": "array", "items": TEXT_LINE},
    "supports_json_mode": FLAG,
    "supports_vision": FLAG,
    "supports_function_calling": FLAG,
    "is_default": FLAG,
    "is_active": FLAG,
    "provider_is_active": FLAG | {"description": "Models of an inactive provider refuse calls."},
    "sort_order": {"type": "integer"},
    "description": TEXT_LINE,
    "pricing_display": TEXT_LINE | {"description": "The price as people read it."},
}


def _model(model_type: str, names: tuple[str, ...], more: dict[str, Schema]) -> Schema:
    """The fields in their order, described as in the admin's form; `administration` only for administrators."""
    properties: dict[str, Schema] = {}
    for name in (*COMMON, *names, *CAPABILITIES, *TAIL, *ADMINISTRATION):
        shape = {"const": model_type} if name == "model_type" else dict(SHAPES[name])
        if HELPED.get(name):
            shape.setdefault("description", HELPED[name])
        properties[name] = shape
    optional = ADMINISTRATION if "rates" in more else (*ADMINISTRATION, *more)
    return closed(properties | more, optional=optional)


HELPED: Final = {
    field.name: str(getattr(field, "help_text", "")) for field in AIModelConfig._meta.get_fields()
}
LISTED: Final[dict[str, Schema]] = {"pricing": PRICING}
DETAILED: Final[dict[str, Schema]] = {
    "pricing": PRICING,
    "rates": {
        "type": "array",
        "items": DATED_RATE,
        "description": "Prices beside the base prices, also those that have ended or are yet to begin.",
    },
    "aliases": {"type": "array", "items": TEXT_LINE, "description": "Other names that calls may give."},
}


def _either(name: str, more: dict[str, Schema]) -> Schema:
    """A text model or an image model."""
    kinds = {"text": (f"Text{name}", TEXT), "image": (f"Image{name}", IMAGE)}
    mapping = {kind: f"#/components/schemas/{named}" for kind, (named, _) in kinds.items()}
    return component(
        f"AI{name}",
        {
            "oneOf": [
                component(named, _model(kind, fields, more)) for kind, (named, fields) in kinds.items()
            ],
            "discriminator": {"propertyName": "model_type", "mapping": mapping},
        },
    )


AI_MODEL: Final = _either("Model", LISTED)
AI_MODEL_DETAIL: Final = _either("ModelInDetail", DETAILED)

TEXT_SAMPLE: Final = {
    "model_name": "gpt-4o-mini",
    "display_name": "GPT-4o mini - Fast & Affordable",
    "model_type": "text",
    "provider": "openai",
    "input_cost_per_1m": "0.1500",
    "output_cost_per_1m": "0.6000",
    "context_window": 128000,
    "max_output_tokens": 16000,
    "supports_json_mode": True,
    "supports_vision": False,
    "is_default": True,
    "sort_order": 1,
    "pricing_display": "$0.1500/$0.6000 per 1M",
}
IMAGE_SAMPLE: Final = {
    "model_name": "dall-e-3",
    "display_name": "DALL-E 3",
    "model_type": "image",
    "provider": "openai",
    "cost_per_image": "0.0400",
    "valid_sizes": ["1024x1024", "1024x1792", "1792x1024"],
    "supports_json_mode": False,
    "supports_vision": False,
    "is_default": True,
    "sort_order": 1,
    "pricing_display": "$0.0400/image",
}
ADMINISTRATORS_SAMPLE: Final[dict[str, Any]] = TEXT_SAMPLE | {
    "description": "",
    "supports_function_calling": True,
    "is_active": True,
    "provider_is_active": True,
}

UNKNOWN_FILTER: Final = failure(
    "unknown filter: colour; filters: type, provider, default, active, at",
    "invalid_request",
    {"parameter": "colour", "value": "red", "allowed": ["type", "provider", "default", "active", "at"]},
)
BAD_VALUE: Final = failure(
    "type is 'video'; allowed: text, image",
    "invalid_request",
    {"parameter": "type", "value": "video", "allowed": ["text", "image"]},
)
TWICE: Final = failure(
    "default is given 2 times; give it once",
    "invalid_request",
    {"parameter": "default", "value": ["true", "false"], "allowed": ["true", "false"]},
)
FILTERED_DETAIL: Final = failure(
    "unknown filter: type; filters: active, at",
    "invalid_request",
    {"parameter": "type", "value": "text", "allowed": ["active", "at"]},
)
UNKNOWN_MODEL: Final = failure(
    "AI model 'gpt-9' is not available; available AI models: gpt-4o-mini, dall-e-3",
    "unknown_model",
    {"model": "gpt-9", "model_type": "AI", "available": ["gpt-4o-mini", "dall-e-3"]},
)
NO_PRICES_THEN: Final = failure("no prices of gpt-4o are recorded for 2001-01-01T00:00:00Z", "not_found", {})
NOT_ADMINISTRATOR: Final = failure(
    "inactive models are shown only to staff who may view or change models", "permission_denied", {}
)
NOT_EDITOR: Final = failure(
    "models are changed only by staff who may change them; an API key never does", "permission_denied", {}
)
CHANGED_BY_ALIAS: Final = failure(
    "'gpt-4o-2024-08-06' is an alias of gpt-4o; a model is changed by its own name only, and nothing was changed",
    "not_found",
    {},
)
NO_CSRF: Final = failure("CSRF Failed: CSRF token missing.", "csrf_failed", {})
INVALID_PRICE: Final = failure(
    'input_cost_per_1m: a price is a string of plain decimals, such as "0.1500"; this is 0.15',
    "invalid_request",
    {
        "fields": {
            "input_cost_per_1m": ['a price is a string of plain decimals, such as "0.1500"; this is 0.15']
        },
        "errors": [],
    },
)
UNCONFIRMED: Final = failure(
    'input price: $0.15 -> $1.50 per 1M, 10 times as much. If it is meant, send "confirm": true with it',
    "confirmation_required",
    {
        "suspects": [
            {
                "field": "input_cost_per_1m",
                "old": "0.1500",
                "new": "1.5000",
                "reason": "10 times as much",
            }
        ]
    },
)
DEFAULT_REFUSED: Final = failure(
    "gpt-4o: only an active model can be the default; activate it first; nothing was changed",
    "default_refused",
    {"models": ["gpt-4o"], "reason": "only an active model can be the default; activate it first"},
)
WITHOUT_EFFECT: Final = failure(
    "The new input price would have no effect: calls are charged “$0.10 per 1M input tokens” instead. Change that rate;"
    " nothing was changed.",
    "edit_refused",
    {
        "problems": {
            "input_cost_per_1m": [
                "The new input price would have no effect: calls are charged “$0.10 per 1M input tokens” instead. Change"
                " that rate; nothing was changed."
            ]
        }
    },
)
STALE: Final = failure(
    "the catalogue has changed since that ETag was given; get the model again and repeat the change",
    "precondition_failed",
    {},
)

TAGS: Final = ["Models"]
ETAG: Final = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200, 304],
    description="A strong tag of this answer. It changes with every edit of a model or a provider.",
)
CACHE_CONTROL: Final = OpenApiParameter(
    "Cache-Control",
    str,
    OpenApiParameter.HEADER,
    response=[200, 304],
    description="`private, no-cache`: keep it, and ask each time whether it still holds.",
)
IF_NONE_MATCH: Final = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="Tags that the caller has, separated by commas, or `*`. If one still holds, the answer is 304.",
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="A tag, as it was given with the model or the list: the change is made only if nothing has changed since.",
)
MODEL_NAME: Final = OpenApiParameter(
    "model_name",
    str,
    OpenApiParameter.PATH,
    description="The model's name, or a declared alias of it, as calls give them; a change takes the model's own name"
    " only. A slash in it may be written as it is, or as `%2F`.",
    examples=[OpenApiExample("A model", value="gpt-4o-mini")],
)
COMMON_HEADERS: Final = [RETRY_AFTER, CHALLENGE]
NOT_MODIFIED: Final = OpenApiResponse(None, "A tag in `If-None-Match` still holds. No body.")


def queries(parameters: tuple[Parameter, ...]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            parameter.name,
            str,
            OpenApiParameter.QUERY,
            description=parameter.description,
            enum=parameter.allowed or None,
        )
        for parameter in parameters
    ]


def example(name: str, message: str, data: Any) -> OpenApiExample:
    return OpenApiExample(name, value=success(message, data), response_only=True, status_codes=["200"])


class AIModelEditSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "igny8_core.modules.billing.serializers.AIModelEditSerializer"

    def map_serializer(self, auto_schema: Any, direction: Direction) -> Schema:
        schema: Schema = super().map_serializer(auto_schema, direction)
        return schema | {"additionalProperties": False}


LIST: Final[dict[str, Any]] = {
    "operation_id": "listAIModels",
    "tags": TAGS,
    "summary": "List AI models",
    "description": "Models with their prices in USD: text before image, each type by `sort_order`. No model matching is"
    " an empty list. The price fields are base prices; where a rate takes the place of one, and with `at`, `pricing` is"
    " there too and says what is charged. With `at`, models that were none then are left out.",
    "parameters": [*queries(LIST_PARAMETERS), IF_NONE_MATCH, ETAG, CACHE_CONTROL, *COMMON_HEADERS],
    "responses": {
        200: OpenApiResponse(
            answer("AIModelList", {"type": "array", "items": AI_MODEL}),
            "The models.",
            [
                example("Text model", "AI models retrieved successfully", [TEXT_SAMPLE]),
                example("Image model", "AI models retrieved successfully", [IMAGE_SAMPLE]),
                example("No model", "AI models retrieved successfully", []),
            ],
        ),
        304: NOT_MODIFIED,
        **errors(
            (400, "Unknown filter", UNKNOWN_FILTER),
            (400, "Value not allowed", BAD_VALUE),
            (400, "Filter given twice", TWICE),
            (403, "Not an administrator", NOT_ADMINISTRATOR),
            *COMMON_ERRORS,
            *EVERYWHERE,
            other_method("GET", "HEAD", "OPTIONS"),
        ),
    },
}
GET: Final[dict[str, Any]] = {
    "operation_id": "getAIModel",
    "tags": TAGS,
    "summary": "Get one AI model",
    "description": "A model by its name or an alias, with all its rates, their conditions, times and sources. The price fields are"
    " base prices, `pricing` is what is charged. With `at`, prices and rates are those of then.",
    "parameters": [
        MODEL_NAME,
        *queries(DETAIL_PARAMETERS),
        IF_NONE_MATCH,
        ETAG,
        CACHE_CONTROL,
        *COMMON_HEADERS,
    ],
    "responses": {
        200: OpenApiResponse(
            answer("AIModelDetail", AI_MODEL_DETAIL),
            "The model.",
            [
                example("Text model", "AI model retrieved successfully", TEXT_SAMPLE | MINI_DETAIL),
                example("Image model", "AI model retrieved successfully", IMAGE_SAMPLE | DALL_E_DETAIL),
            ],
        ),
        304: NOT_MODIFIED,
        **errors(
            (400, "Unknown filter", FILTERED_DETAIL),
            (403, "Not an administrator", NOT_ADMINISTRATOR),
            (404, "Unknown model", UNKNOWN_MODEL),
            (404, "No model yet", NO_PRICES_THEN),
            *COMMON_ERRORS,
            *EVERYWHERE,
            other_method("GET", "PATCH", "HEAD", "OPTIONS"),
        ),
    },
}
UPDATE: Final[dict[str, Any]] = {
    "operation_id": "updateAIModel",
    "tags": TAGS,
    "summary": "Change an AI model",
    "description": "Only for staff who may change models; an API key never does. The next call in every process is"
    " charged at the new price, and the history names the user. Fields that are not sent stay as they are; a field that"
    " is not known is refused. Inactive models can be changed too.",
    "parameters": [MODEL_NAME, IF_MATCH, ETAG, CACHE_CONTROL, *COMMON_HEADERS],
    "request": {"application/json": AIModelEditSerializer},
    "examples": [
        OpenApiExample(
            "A new price", value={"input_cost_per_1m": "0.1800", "confirm": False}, request_only=True
        )
    ],
    "responses": {
        200: OpenApiResponse(
            answer("AIModelUpdated", AI_MODEL_DETAIL),
            "The model as it now is.",
            [example("Text model", "AI model updated successfully", ADMINISTRATORS_SAMPLE | MINI_DETAIL)],
        ),
        **errors(
            (400, "Not a price", INVALID_PRICE),
            (403, "Not an editor", NOT_EDITOR),
            (403, "A session without a CSRF token", NO_CSRF),
            (404, "Unknown model", UNKNOWN_MODEL),
            (404, "An alias", CHANGED_BY_ALIAS),
            (409, "Not confirmed", UNCONFIRMED),
            (409, "Cannot be the default", DEFAULT_REFUSED),
            (409, "A rate is charged instead", WITHOUT_EFFECT),
            (412, "Changed since", STALE),
            *COMMON_ERRORS,
            *BODY_ERRORS,
            other_media_type("application/json"),
            *EVERYWHERE,
            other_method("GET", "PATCH", "HEAD", "OPTIONS"),
        ),
    },
}
