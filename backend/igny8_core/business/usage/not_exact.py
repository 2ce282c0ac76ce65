"""The calls whose price is not sure: charged at an estimate, or without a price. What an operator must be told of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

from django.db.models import Count

from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.billing.rate_words import circumstances
from igny8_core.business.billing.usage import UNITS, Usage
from igny8_core.business.credits.models import CreditUsageLog, StoredRateCard
from igny8_core.business.errors import Igny8Error

CONFIDENCES: Final = (CreditUsageLog.Confidence.UNPRICED, CreditUsageLog.Confidence.ESTIMATED)
# The units are those of each model's newest calls: which they are changes with its rates, not with each call.
LOOKED_AT: Final = 20


# What UnpricedUsage said to the caller, and the row keeps.
NO_RATE: Final = re.compile(r" has no rate for [0-9]+ ([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Unsure:
    """Units that had no rate, or only an estimate, in calls of these circumstances: `("flex tier",)`; () is standard."""

    units: tuple[str, ...]
    circumstances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotExact:
    """So many calls of a model, and what was not sure about them."""

    confidence: str
    model: str | None
    calls: int
    unsure: tuple[Unsure, ...]


def calls_that_are_not_exact(*, since: datetime) -> list[NotExact]:
    """Those admitted since then, by model: unpriced before estimated, the most calls first. An index has them."""
    found = []
    for confidence in CONFIDENCES:
        rows = CreditUsageLog.objects.filter(confidence=confidence, admitted_at__gte=since)
        counts = rows.order_by().values_list("model").annotate(calls=Count("pk")).order_by("-calls", "model")
        for model, calls in counts:
            newest = rows.filter(model=model).order_by("-admitted_at", "-id")[:LOOKED_AT]
            found.append(NotExact(confidence, model, calls, _unsure(list(newest))))
    return found


def _unsure(rows: list[CreditUsageLog]) -> tuple[Unsure, ...]:
    units: dict[tuple[str, ...], dict[str, None]] = {}
    for (account_id, card_id), calls in groupby(rows, key=attrgetter("account_id", "card_id")):
        stored = StoredRateCard.objects.filter(account_id=account_id, card_id=card_id).first()
        for call in calls:
            found = _units_of(call, stored) or _unit_in_words(call)
            if found:
                units.setdefault(circumstances(call.usage), {}).update(dict.fromkeys(found))
    return tuple(Unsure(tuple(names), about) for about, names in units.items())


def _units_of(call: CreditUsageLog, stored: StoredRateCard | None) -> list[str]:
    """The used units that the card has no rate for; of a call that was priced, those whose rate is an estimate."""
    try:
        usage = Usage.from_json(call.usage)
        rates = RateCard.from_content(stored.body).rates_for(usage) if stored else {}
    except (Igny8Error, KeyError, TypeError):
        # A card or a usage that this release does not read: the calls are counted all the same.
        return []
    if call.confidence == CreditUsageLog.Confidence.UNPRICED:
        return [unit for unit, _ in usage.used if unit not in rates] if stored else []
    return [unit for unit, _ in usage.used if unit in rates and rates[unit].is_estimate]


def _unit_in_words(call: CreditUsageLog) -> list[str]:
    """The unit that the refusal named, where the card does not say."""
    found = NO_RATE.search(str((call.detail or {}).get("message", "")))
    return [found[1]] if found and found[1] in UNITS else []
