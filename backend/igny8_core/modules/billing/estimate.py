"""What a stated usage costs with each of some models: the answer of …/ai/estimate/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from igny8_core.business.billing.pricing import Confidence, Cost, as_billed, price
from igny8_core.business.billing.usage import FIELDS, NAMES, STANDARD_NAMES, UNITS, Usage, as_prices_name
from igny8_core.business.errors import InvalidImageSize, InvalidRequest, UnpricedUsage
from igny8_core.business.shown_value import shown_value
from igny8_core.modules.api.envelope import shown
from igny8_core.modules.api.parameters import BOOLEANS, Parameter, unknown
from igny8_core.modules.billing.asked_models import AskedModel, models_at, read_name, read_names
from igny8_core.modules.billing.moment import AT, read_time, written
from igny8_core.modules.billing.shown_prices import shown_cost

MOST_MODELS: Final = 20
FIELDS_OF_BODY: Final = ("model", "models", "usage", "at")
CIRCUMSTANCES: Final = {
    "service_tier": "Tier that the call is billed in, such as `flex`; without it the standard one.",
    "image_size": "Such as `1024x1024`.",
    "image_quality": "Such as `hd`; without it the standard one.",
}
PARAMETERS: Final = (
    Parameter("model", "Name or alias of the model."),
    *(Parameter(unit.name, f"How many {unit.label}.") for unit in UNITS.values()),
    Parameter("is_batch", "`true` for a call in a batch.", tuple(BOOLEANS)),
    *(Parameter(name, description) for name, description in CIRCUMSTANCES.items()),
    AT,
)
MISSING: Final = object()
DIGITS: Final = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Asked:
    models: tuple[str, ...]
    usage: Usage
    at: datetime | None


def estimate(asked: Asked) -> dict[str, Any]:
    """The data of the answer: a model that has no price, or is none, has an error and fails no other."""
    time, models = models_at(asked.models, asked.at)
    return {
        "as_of": written(time),
        "usage": asked.usage.to_json(),
        "models": [_estimate(model, asked.usage) for model in models],
    }


def read_body(data: object) -> Asked:
    """The question as a JSON body. Raises InvalidRequest."""
    if not isinstance(data, Mapping):
        raise InvalidRequest(
            f"the body must be an object with {', '.join(FIELDS_OF_BODY)}; this is {shown_value(data)}",
            parameter="",
            value=shown(data),
        )
    for name in data:
        if name in FIELDS:
            raise InvalidRequest(
                f'{name} belongs in usage: {{"usage": {{"{name}": …}}}}',
                parameter=name,
                value=shown(data[name]),
                allowed=list(FIELDS_OF_BODY),
            )
        if name not in FIELDS_OF_BODY:
            raise unknown("field", name, data[name], FIELDS_OF_BODY)
    if ("model" in data) == ("models" in data):
        raise InvalidRequest("give either model or models", parameter="models", value=None)
    models = (
        (read_name("model", data["model"]),)
        if "model" in data
        else read_names("models", data["models"], least=1, most=MOST_MODELS)
    )
    return Asked(models, read_usage(data.get("usage", MISSING)), read_time("at", data.get("at")))


def read_query(given: Mapping[str, str]) -> Asked:
    """The question about one model as query parameters. Raises InvalidRequest."""
    if "model" not in given:
        raise InvalidRequest("model is missing; give a model's name or alias", parameter="model", value=None)
    usage = {name: _as_json(name, given[name]) for name in FIELDS if name in given}
    return Asked((read_name("model", given["model"]),), read_usage(usage), read_time("at", given.get("at")))


def read_usage(data: object) -> Usage:
    """Raises InvalidRequest; counts that are not named are 0, but one must be."""
    if not isinstance(data, Mapping):
        seen = "missing" if data is MISSING else shown_value(data)
        raise InvalidRequest(
            f'usage is {seen}; it must be an object, such as {{"input_tokens": 1000}}',
            parameter="usage",
            value=None if data is MISSING else shown(data),
        )
    for name in data:
        if name not in FIELDS:
            raise unknown("unit", name, data[name], FIELDS)
    if not any(name in data for name in NAMES):
        raise InvalidRequest(
            "usage counts nothing; give at least one unit, such as input_tokens",
            parameter="usage",
            value=shown(dict(data)),
        )
    try:
        return Usage.from_json({name: _as_prices_have_it(name, value) for name, value in data.items()})
    except InvalidRequest as error:
        raise InvalidRequest(error.message, parameter="usage", **error.details) from None


def _as_prices_have_it(name: str, value: object) -> object:
    """A tier or a quality as a call's is charged, however it is written."""
    return as_prices_name(name, value) if name in STANDARD_NAMES and isinstance(value, str) else value


def _problem(model: AskedModel, usage: Usage) -> dict[str, str] | None:
    """Why no call of this usage is made at all: there is no such model, or it makes no images of that size."""
    if model.problem:
        return {"code": "unknown_model", "message": model.problem}
    sizes = () if model.entry is None else model.entry.valid_sizes
    if not sizes or not usage.images or not usage.image_size or usage.image_size in sizes:
        return None
    refused = InvalidImageSize(size=usage.image_size, model=model.name or "", valid_sizes=list(sizes))
    return {"code": refused.code, "message": refused.message}


def _estimate(model: AskedModel, usage: Usage) -> dict[str, Any]:
    cost: Cost | None = None
    confidence: Confidence | None = None
    error = _problem(model, usage)
    if model.card is not None and error is None:
        # A call is counted where it is billed, unless the caller counts the calls.
        usage = usage if usage.requests else as_billed(model.card, usage)
        try:
            cost = price(model.card, usage)
            confidence = cost.confidence
        except UnpricedUsage as unpriced:
            confidence = Confidence.UNPRICED
            error = {"code": unpriced.code, "message": unpriced.message}
    return {
        "model": model.asked,
        "model_name": model.name,
        "is_active": model.is_active,
        **shown_cost(cost),
        "confidence": confidence,
        "card": None if model.card is None else str(model.card.id),
        "error": error,
    }


def _as_json(name: str, text: str) -> object:
    """The value as a body would have it; what is no number stays a text, and is refused as one."""
    if name in BOOLEANS_OF_USAGE:
        return BOOLEANS[text]
    return int(text) if name in NAMES and DIGITS.fullmatch(text) else text


BOOLEANS_OF_USAGE: Final = ("is_batch",)
