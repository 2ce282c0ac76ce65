"""Some models side by side, with the cost of a stated workload: the answer of …/ai/compare/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rest_framework.exceptions import NotFound

from igny8_core.business.billing.comparison import Candidate, Compared, Workload, compare
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.usage import as_prices_name
from igny8_core.business.credits.money import format_usd
from igny8_core.business.errors import InvalidRequest
from igny8_core.business.shown_value import shown_value
from igny8_core.modules.api.envelope import shown
from igny8_core.modules.api.parameters import Parameter
from igny8_core.modules.billing.asked_models import AskedModel, asked_twice, candidate, models_at, read_names
from igny8_core.modules.billing.moment import AT, read_time, written
from igny8_core.modules.billing.shown_prices import shown_cost, shown_prices

LEAST_MODELS, MOST_MODELS = 2, 4
COUNTS: Final = {
    "input_tokens": "Tokens in, of one call, those found in a cache among them.",
    "output_tokens": "Tokens out, of one call.",
    "images": "Images that one call makes.",
    "calls_a_month": "How many such calls a month; without it 1.",
}
SHARE: Final = "cached_share"
QUALITY: Final = "image_quality"
CIRCUMSTANCES: Final = {
    "image_size": "Such as `1024x1024`.",
    "image_quality": "Such as `hd`; without it the standard one.",
}
PARAMETERS: Final = (
    Parameter("models", "Two to four names or aliases, separated by commas."),
    *(Parameter(name, description) for name, description in COUNTS.items()),
    Parameter(SHARE, "How many percent of the input tokens are found in a cache: a whole number, 0 to 100."),
    *(Parameter(name, description) for name, description in CIRCUMSTANCES.items()),
    AT,
)
DIGITS: Final = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Asked:
    models: tuple[str, ...]
    workload: Workload
    at: datetime | None


def read_query(given: Mapping[str, str]) -> Asked:
    """Raises InvalidRequest."""
    if not given.get("models"):
        raise InvalidRequest(
            f"models is missing; give {LEAST_MODELS} to {MOST_MODELS} names, separated by commas",
            parameter="models",
            value=given.get("models"),
        )
    names = read_names("models", given.get("models", "").split(","), least=LEAST_MODELS, most=MOST_MODELS)
    said: dict[str, Any] = {name: _number(given[name]) for name in COUNTS if name in given}
    said |= {name: given[name] for name in CIRCUMSTANCES if name in given}
    if QUALITY in said:
        said[QUALITY] = as_prices_name(QUALITY, said[QUALITY])
    if SHARE in given:
        said["cached_share_percent"] = _percent(given[SHARE])
    return Asked(names, Workload(**said), read_time("at", given.get("at")))


def compared_models(asked: Asked) -> dict[str, Any]:
    """The data of the answer. Raises NotFound for a name that is no model's, InvalidRequest for one model named twice."""
    time, models = models_at(asked.models, asked.at)
    rows = {
        row.model_name: row
        for row in AIModelConfig.objects.filter(model_name__in=[model.name for model in models if model.name])
    }
    candidates = [_candidate(model, rows) for model in models]
    for other, name in asked_twice(models):
        raise InvalidRequest(
            f"models: '{other}' and '{name}' are one model; name each model once",
            parameter="models",
            value=name,
        )
    workload = asked.workload
    return {
        "as_of": written(time),
        "workload": {
            "input_tokens": workload.input_tokens,
            "cached_tokens": workload.cached_tokens,
            "output_tokens": workload.output_tokens,
            "images": workload.images,
            "image_size": workload.image_size,
            "image_quality": workload.image_quality,
            "calls_a_month": workload.calls_a_month,
        },
        "models": [
            _shown(model, compared)
            for model, compared in zip(models, compare(candidates, workload), strict=True)
        ],
    }


def _candidate(model: AskedModel, rows: Mapping[str, AIModelConfig]) -> Candidate:
    row = rows.get(model.name or "")
    if row is None or model.entry is None or model.card is None:
        raise NotFound(model.problem or f"{shown(model.asked)} is deleted; ask …/ai/estimate/ what it cost")
    return candidate(model, row)


def _shown(model: AskedModel, compared: Compared) -> dict[str, Any]:
    candidate = compared.candidate
    unpriced = {"code": "unpriced_usage", "message": compared.unpriced} if compared.unpriced else None
    return {
        "model": model.asked,
        "model_name": candidate.name,
        "display_name": candidate.display_name,
        "model_type": candidate.model_type,
        "is_active": candidate.is_active,
        "context_window": candidate.context_window,
        "max_output_tokens": candidate.max_output_tokens,
        "valid_sizes": list(candidate.valid_sizes),
        "capabilities": dict(candidate.capabilities),
        "prices": shown_prices(candidate.card),
        **shown_cost(compared.cost),
        "month_usd": None if compared.month_usd is None else format_usd(compared.month_usd),
        "confidence": "unpriced" if compared.cost is None else compared.cost.confidence,
        "cached_as_input": compared.cached_as_input,
        "misfits": list(compared.misfits),
        "card": str(candidate.card.id),
        "error": unpriced,
    }


def _number(text: str) -> object:
    """What is no number stays a text, and the workload refuses it as one."""
    return int(text) if DIGITS.fullmatch(text) else text


def _percent(text: str) -> int:
    if not DIGITS.fullmatch(text) or int(text) > 100:
        raise InvalidRequest(
            f"{SHARE} is {shown_value(text, 50)}; it must be a whole number of percent from 0 to 100",
            parameter=SHARE,
            value=shown(text),
        )
    return int(text)
