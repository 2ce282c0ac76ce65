"""How the schema describes prices, rates and costs."""

from __future__ import annotations

from typing import Any, Final

from igny8_core.business.billing.usage import CIRCUMSTANCES, FIELDS, LONGEST_CIRCUMSTANCE, MOST, UNITS
from igny8_core.modules.api.schema import Schema, closed, component

USD: Final = {"type": "string", "pattern": r"^[0-9]+\.[0-9]{4,}$"}
USD_OR_NULL: Final = USD | {"type": ["string", "null"]}
TEXT: Final = {"type": "string"}
FLAG: Final = {"type": "boolean"}
WHOLE: Final = {"type": "integer", "minimum": 0}
TIME: Final = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Final = TIME | {"type": ["string", "null"]}
CARD: Final = {"type": "string", "format": "uuid", "description": "Id of the rate card, as charges name it."}
CARD_OR_NULL: Final = CARD | {"type": ["string", "null"]}


def said(shape: Schema, description: str) -> Schema:
    return shape | {"description": description}


_RATE: Final[dict[str, Any]] = {
    "unit": {"enum": list(UNITS)},
    "amount": said(USD, "USD for each `per` of the unit."),
    "per": {"enum": [1, 1_000, 1_000_000, 1_000_000_000]},
    "condition": said(TEXT, "What it is for, in words; empty: standard calls."),
    "is_estimate": said(FLAG, "The provider states no such price; what is charged at it is marked."),
}
RATE: Final = component("Rate", closed(_RATE))
DATED_RATE: Final = component(
    "DatedRate",
    closed(
        _RATE
        | {
            "conditions": closed(
                {
                    "service_tier": said(TEXT, "Empty: the standard tier; `*`: any."),
                    "is_batch": said({"type": ["boolean", "null"]}, "Null: batch or not."),
                    "above_input_tokens": said(WHOLE, "For prompts of more tokens than this."),
                    "image_size": said(TEXT, "Empty: every size."),
                    "image_quality": said(TEXT, "Empty: the standard quality; `*`: any."),
                }
            ),
            "valid_from": said(TIME_OR_NULL, "Null: it always was so."),
            "valid_to": said(TIME_OR_NULL, "It ends then; null: without an end."),
            "source_url": said(TEXT, "Page that states it."),
            "checked_on": {"type": ["string", "null"], "format": "date"},
        }
    ),
)
PRICING: Final = component(
    "Pricing",
    closed(
        {
            "card": CARD,
            "valid_from": said(TIME_OR_NULL, "When a rate last began or ended before; null: none did."),
            "valid_to": said(TIME_OR_NULL, "When the next rate begins or ends; null: none is known to."),
            "prices": {"type": "array", "items": RATE},
        }
    )
    | {
        "description": "What standard calls are charged. The model's own price fields are base prices: a rate may take"
        " their place."
    },
)
COST_LINE: Final = component(
    "CostLine",
    closed(
        {
            "unit": {"enum": list(UNITS)},
            "quantity": WHOLE,
            "amount_usd": said(USD, "quantity × rate.amount ÷ rate.per, exactly."),
            "rate": RATE,
        }
    ),
)
COST: Final[dict[str, Any]] = {
    "cost_usd": said(USD_OR_NULL, "Of one call, the sum of its lines; null where it has no price."),
    "lines": {"type": "array", "items": COST_LINE},
}
CONFIDENCE: Final = {
    "enum": ["exact", "estimated", "unpriced", None],
    "description": "`estimated`: some of it at a rate that is an estimate. `unpriced`: some of it has no rate.",
}
PROBLEM: Final = {
    "oneOf": [
        closed(
            {"code": {"enum": ["unknown_model", "invalid_image_size", "unpriced_usage"]}, "message": TEXT}
        ),
        {"type": "null"},
    ]
}


def _of_usage(name: str) -> Schema:
    if name in UNITS:
        return {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST,
            "description": UNITS[name].label.capitalize() + ".",
        }
    return {"type": "string", "maxLength": LONGEST_CIRCUMSTANCE} if name in CIRCUMSTANCES else dict(FLAG)


USAGE: Final = component(
    "Usage",
    closed({name: _of_usage(name) for name in FIELDS}, optional=FIELDS)
    | {
        "description": "Counts of what was used, at least one. No unit contains another: a cached token is counted as"
        " `cached_input_tokens` and not in `input_tokens` too, a reasoning token not in `output_tokens`."
    },
)
