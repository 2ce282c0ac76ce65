"""How the schema describes the addresses that answer questions about prices."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from igny8_core.modules.api.envelope import failure, success
from igny8_core.modules.api.schema import (
    BODY_ERRORS,
    COMMON_ERRORS,
    EVERYWHERE,
    ErrorExample,
    Schema,
    answer,
    closed,
    component,
    errors,
    other_media_type,
    other_method,
)
from igny8_core.modules.billing import compared_models, estimate, recorded_prices
from igny8_core.modules.billing.asked_models import CAPABILITIES
from igny8_core.modules.billing.moment import AT
from igny8_core.modules.billing.price_samples import (
    COMPARED,
    ESTIMATED,
    RECORDED,
)
from igny8_core.modules.billing.price_shapes import (
    CARD,
    CARD_OR_NULL,
    CONFIDENCE,
    COST,
    DATED_RATE,
    FLAG,
    PROBLEM,
    RATE,
    TEXT,
    TIME,
    TIME_OR_NULL,
    USAGE,
    USD_OR_NULL,
    WHOLE,
    said,
)
from igny8_core.modules.billing.schema import (
    CACHE_CONTROL,
    COMMON_HEADERS,
    ETAG,
    IF_NONE_MATCH,
    MODEL_NAME,
    NO_CSRF,
    NOT_MODIFIED,
    UNKNOWN_MODEL,
    example,
    queries,
)

TAGS: Final = ["Prices"]
NAME: Final = said(TEXT, "The model's own name, where an alias was asked for.")
NAME_OR_NULL: Final = NAME | {"type": ["string", "null"]}
LIMIT: Final = {"type": ["integer", "null"]}
# Without them a call is priced from the constants, which know no conditions and no times.
ROLLED_BACK: Final[ErrorExample] = (
    503,
    "Prices rolled back",
    failure(
        "the tables are not there: the database is not migrated, or is rolled back", "tables_missing", {}
    ),
)
BAD_TIME: Final = failure(
    "at is '2026-12-01T00:00:00'; its time zone is missing; it must be written like 2026-12-01T00:00:00Z",
    "invalid_request",
    {"parameter": "at", "value": "2026-12-01T00:00:00"},
)
BAD_COUNT: Final = failure(
    "input_tokens is -1; it must be a whole number from 0 to 1000000000000",
    "invalid_request",
    {"parameter": "usage", "unit": "input_tokens"},
)
TOO_MANY: Final = failure(
    "models has 21 names; it takes 1 to 20", "invalid_request", {"parameter": "models", "value": 21}
)
TOO_FEW: Final = failure(
    "models has 1 name; it takes 2 to 4", "invalid_request", {"parameter": "models", "value": 1}
)
NO_SUCH_NAME: Final = failure("no model has the name or alias 'gpt-9'", "not_found", {})

VERSION: Final = component(
    "PriceVersion",
    closed(
        {
            "recorded_at": said(TIME, "When the prices became these."),
            "replaced_at": said(TIME_OR_NULL, "When they became others; null: they have not."),
            "is_deleted": said(FLAG, "The model was deleted then, so it had no prices."),
            "provider": {"type": ["string", "null"]},
            **{
                name: said(USD_OR_NULL, description)
                for name, description in (
                    ("input_cost_per_1m", "Base price per million input tokens."),
                    ("output_cost_per_1m", "Base price per million output tokens."),
                    ("cost_per_image", "Base price of an image."),
                )
            },
            "rates": {"type": "array", "items": DATED_RATE},
        }
    ),
)
PAGE: Final[Schema] = closed(
    {
        "model_name": said(TEXT, "The model's own name, where an alias was asked for."),
        "page": WHOLE,
        "pages": WHOLE,
        "page_size": WHOLE,
        "count": WHOLE,
    }
)
ESTIMATE_OF_MODEL: Final = component(
    "ModelEstimate",
    closed(
        {
            "model": said(TEXT, "As it was asked for."),
            "model_name": NAME_OR_NULL,
            "is_active": said(FLAG, "Whether it takes calls now."),
            **COST,
            "confidence": CONFIDENCE,
            "card": CARD_OR_NULL,
            "error": PROBLEM,
        }
    ),
)
COMPARED_MODEL: Final = component(
    "ComparedModel",
    closed(
        {
            "model": said(TEXT, "As it was asked for."),
            "model_name": NAME,
            "display_name": TEXT,
            "model_type": {"enum": ["text", "image"]},
            "is_active": said(FLAG, "Whether it takes calls now."),
            "context_window": LIMIT,
            "max_output_tokens": LIMIT,
            "valid_sizes": {"type": "array", "items": TEXT},
            "capabilities": closed(dict.fromkeys(CAPABILITIES, FLAG)),
            "prices": said({"type": "array", "items": RATE}, "What standard calls are charged."),
            **COST,
            "month_usd": said(USD_OR_NULL, "cost_usd × calls_a_month, exactly."),
            "confidence": CONFIDENCE,
            "cached_as_input": said(
                FLAG, "It has no rate for cached tokens, so those of the workload are priced as plain input."
            ),
            "misfits": said(
                {"type": "array", "items": TEXT}, "Why it cannot take such a call, in sentences."
            ),
            "card": CARD,
            "error": PROBLEM,
        }
    ),
)
BODY: Final = component(
    "EstimateRequest",
    closed(
        {
            "model": said(TEXT, "One name or alias; or give `models`."),
            "models": {
                "type": "array",
                "items": TEXT,
                "minItems": 1,
                "maxItems": estimate.MOST_MODELS,
                "uniqueItems": True,
            },
            "usage": USAGE,
            "at": said(TIME_OR_NULL, AT.description),
        },
        optional=("model", "models", "at"),
    ),
)
ESTIMATES: Final = OpenApiResponse(
    answer(
        "Estimates",
        closed({"as_of": TIME, "usage": USAGE, "models": {"type": "array", "items": ESTIMATE_OF_MODEL}}),
    ),
    "The costs, in the order of the names.",
    [example("Estimate", "Costs estimated successfully", ESTIMATED)],
)
ABOUT_ESTIMATES: Final = (
    "Counts in, lines and their total out: what a call of this usage is charged, to the last digit. The call itself is"
    " counted where the model bills each. A model that has no price for it, or is none, has an `error` and no cost, and"
    " fails no other. Inactive models are priced too."
)

HISTORY: Final[dict[str, Any]] = {
    "operation_id": "getAIModelPriceHistory",
    "tags": TAGS,
    "summary": "What a model's prices have been",
    "description": "Every version of its prices, the latest first, whoever changed them and however. A model that is"
    " deleted or inactive still has its history. An alias has the history of its model.",
    "parameters": [
        MODEL_NAME,
        *queries(recorded_prices.PARAMETERS),
        IF_NONE_MATCH,
        ETAG,
        CACHE_CONTROL,
        *COMMON_HEADERS,
    ],
    "responses": {
        200: OpenApiResponse(
            answer("PriceHistory", {"type": "array", "items": VERSION}, PAGE),
            "A page of versions.",
            [
                OpenApiExample(
                    "Two versions",
                    value=success(
                        "Price history retrieved successfully",
                        RECORDED,
                        {
                            "model_name": "gpt-4o-mini",
                            "page": 1,
                            "pages": 1,
                            "page_size": recorded_prices.PAGE_SIZE,
                            "count": len(RECORDED),
                        },
                    ),
                    response_only=True,
                    status_codes=["200"],
                )
            ],
        ),
        304: NOT_MODIFIED,
        **errors(
            (
                400,
                "After the last page",
                failure("page is 9; the last is 1", "invalid_request", {"parameter": "page", "value": "9"}),
            ),
            (404, "Unknown model", UNKNOWN_MODEL),
            *COMMON_ERRORS,
            *EVERYWHERE,
            ROLLED_BACK,
            other_method("GET", "HEAD", "OPTIONS"),
        ),
    },
}
ESTIMATE: Final[dict[str, Any]] = {
    "operation_id": "estimateCosts",
    "tags": TAGS,
    "summary": "Price a usage with one or several models",
    "description": ABOUT_ESTIMATES,
    "parameters": COMMON_HEADERS,
    "request": {"application/json": BODY},
    "examples": [
        OpenApiExample(
            "Three models",
            value={
                "models": [model["model"] for model in ESTIMATED["models"]],
                "usage": ESTIMATED["usage"],
                "at": ESTIMATED["as_of"],
            },
            request_only=True,
        )
    ],
    "responses": {
        200: ESTIMATES,
        **errors(
            (400, "Not a count", BAD_COUNT),
            (400, "Too many models", TOO_MANY),
            (400, "No time zone", BAD_TIME),
            (403, "A session without a CSRF token", NO_CSRF),
            *COMMON_ERRORS,
            *BODY_ERRORS,
            other_media_type("application/json"),
            *EVERYWHERE,
            ROLLED_BACK,
            other_method("GET", "POST", "HEAD", "OPTIONS"),
        ),
    },
}
ESTIMATE_ONE: Final[dict[str, Any]] = {
    "operation_id": "estimateCost",
    "tags": TAGS,
    "summary": "Price a usage with one model",
    "description": ABOUT_ESTIMATES,
    "parameters": [*queries(estimate.PARAMETERS), *COMMON_HEADERS],
    "responses": {
        200: ESTIMATES,
        **errors(
            (400, "Not a count", BAD_COUNT),
            (400, "No time zone", BAD_TIME),
            *COMMON_ERRORS,
            *EVERYWHERE,
            ROLLED_BACK,
            other_method("GET", "POST", "HEAD", "OPTIONS"),
        ),
    },
}
COMPARE: Final[dict[str, Any]] = {
    "operation_id": "compareAIModels",
    "tags": TAGS,
    "summary": "Compare two to four models",
    "description": "Prices, limits, capabilities, and the cost of a stated workload: of a call, and of a month of them."
    " The cached share is rounded down to whole tokens. What has no price has an `error`, and never costs nothing.",
    "parameters": [*queries(compared_models.PARAMETERS), *COMMON_HEADERS],
    "responses": {
        200: OpenApiResponse(
            answer(
                "Comparison",
                closed(
                    {
                        "as_of": TIME,
                        "workload": closed(
                            {
                                "input_tokens": WHOLE,
                                "cached_tokens": said(WHOLE, "So many of the input tokens."),
                                "output_tokens": WHOLE,
                                "images": WHOLE,
                                "image_size": TEXT,
                                "image_quality": TEXT,
                                "calls_a_month": WHOLE,
                            }
                        ),
                        "models": {"type": "array", "items": COMPARED_MODEL},
                    }
                ),
            ),
            "The models, in the order of the names.",
            [example("Two models", "AI models compared successfully", COMPARED)],
        ),
        **errors(
            (400, "Too few models", TOO_FEW),
            (400, "No time zone", BAD_TIME),
            (404, "Unknown model", NO_SUCH_NAME),
            *COMMON_ERRORS,
            *EVERYWHERE,
            ROLLED_BACK,
            other_method("GET", "HEAD", "OPTIONS"),
        ),
    },
}
