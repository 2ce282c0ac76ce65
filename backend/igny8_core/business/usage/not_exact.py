"""The calls whose price is not sure: charged at an estimate, or without a price. What an operator must be told of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

from django.db.models import Count

from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits.models import CreditUsageLog, StoredRateCard
from igny8_core.business.errors import Igny8Error

CONFIDENCES: Final = (CreditUsageLog.Confidence.UNPRICED, CreditUsageLog.Confidence.ESTIMATED)
# The units are those of each model's newest calls: which they are changes with its rates, not with each call.
LOOKED_AT: Final = 20


@dataclass(frozen=True, slots=True)
class NotExact:
    """So many calls of a model, and the units that had no rate, or only an estimate."""

    confidence: str
    model: str | None
    calls: int
    units: tuple[str, ...]


def calls_that_are_not_exact(*, since: datetime) -> list[NotExact]:
    """Those admitted since then, by model: unpriced before estimated, the most calls first. An index has them."""
    found = []
    for confidence in CONFIDENCES:
        rows = CreditUsageLog.objects.filter(confidence=confidence, admitted_at__gte=since)
        counts = rows.order_by().values_list("model").annotate(calls=Count("pk")).order_by("-calls", "model")
        for model, calls in counts:
            newest = rows.filter(model=model).order_by("-admitted_at", "-id")[:LOOKED_AT]
            found.append(NotExact(confidence, model, calls, _units_of(list(newest))))
    return found


def _units_of(rows: list[CreditUsageLog]) -> tuple[str, ...]:
    units: dict[str, None] = {}
    for (account_id, card_id), calls in groupby(rows, key=attrgetter("account_id", "card_id")):
        stored = StoredRateCard.objects.filter(account_id=account_id, card_id=card_id).first()
        if stored is not None:
            units |= dict.fromkeys(_unsure_units(stored.body, calls))
    return tuple(units)


def _unsure_units(body: dict[str, object], calls: Iterable[CreditUsageLog]) -> Iterable[str]:
    """The used units that the card has no rate for, or one that is an estimate."""
    try:
        card = RateCard.from_content(body)
        for call in calls:
            usage = Usage.from_json(call.usage)
            rates = card.rates_for(usage)
            for unit, _ in usage.used:
                if unit not in rates or rates[unit].is_estimate:
                    yield unit
    except (Igny8Error, KeyError, TypeError):
        # A card or a usage that this release does not read: the calls are counted all the same.
        return
