"""What a model's prices were at any time, whoever changed them: read from the record that triggers keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from igny8_core.business.billing.models import PriceVersion
from igny8_core.business.billing.price_sheet import PriceSheet, rates_from_rows
from igny8_core.business.billing.rate_cards import RateCard


@dataclass(frozen=True, slots=True)
class Version:
    """The prices of a model from `recorded_at` until the next version; `sheet` is None where it was deleted."""

    model: str
    recorded_at: datetime
    sheet: PriceSheet | None
    # The rates as they were stored, with their sources: [{"unit": …, "source_url": …, "checked_on": …}, …]
    rates: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CardChange:
    """From `time` on the model had, or will have, this card; `card` is None where it was deleted. `is_scheduled` where
    a rate began or ended then; else somebody edited the prices."""

    time: datetime
    card: RateCard | None
    is_scheduled: bool


def versions_of(name: str, *, start: datetime | None = None, end: datetime | None = None) -> list[Version]:
    """Every version of a model's prices that was in force between `start` and `end`, the oldest first; [] for a name
    that never was a model's."""
    rows = PriceVersion.objects.filter(model_name=name).order_by("recorded_at", "id")
    if end is not None:
        rows = rows.filter(recorded_at__lte=end)
    if start is not None:
        before = rows.filter(recorded_at__lte=start).last()
        if before is not None:
            rows = rows.filter(recorded_at__gte=before.recorded_at)
    return [_version(row) for row in rows]


def prices_at(name: str, time: datetime) -> PriceSheet | None:
    """The prices of a model as they were known at `time`; for a time to come, as they are known now. None where it was
    no model. A rate that was entered later reaches back to no time before it was."""
    row = (
        PriceVersion.objects.filter(model_name=name, recorded_at__lte=time)
        .order_by("recorded_at", "id")
        .last()
    )
    return _version(row).sheet if row is not None else None


def versions_at(names: Iterable[str], time: datetime) -> dict[str, Version]:
    """The version of each of these models' prices that was in force at `time`, by name; none for what was no model yet.
    One question for all of them."""
    rows = (
        PriceVersion.objects.filter(model_name__in=list(names), recorded_at__lte=time)
        .order_by("model_name", "-recorded_at", "-id")
        .distinct("model_name")
    )
    return {row.model_name: _version(row) for row in rows}


def card_changes(versions: Iterable[Version]) -> list[CardChange]:
    """Each moment at which a model's card became another one, in order, with what is scheduled after the last version."""
    changes: list[CardChange] = []
    for change in _every_change(list(versions)):
        if not changes or _id_of(changes[-1].card) != _id_of(change.card):
            changes.append(change)
    return changes


def _every_change(versions: list[Version]) -> Iterator[CardChange]:
    for version, following in pairwise([*versions, None]):
        if version is None:
            continue
        if version.sheet is None:
            yield CardChange(version.recorded_at, None, is_scheduled=False)
            continue
        yield CardChange(version.recorded_at, version.sheet.card_at(version.recorded_at), is_scheduled=False)
        for time in version.sheet.changes:
            if time > version.recorded_at and (following is None or time < following.recorded_at):
                yield CardChange(time, version.sheet.card_at(time), is_scheduled=True)


def _version(row: PriceVersion) -> Version:
    prices = row.prices
    if prices is None:
        return Version(row.model_name, row.recorded_at, None, ())
    sheet = PriceSheet(
        model=row.model_name,
        provider=prices["provider"],
        source="database",
        input_cost_per_1m=_amount(prices["input_cost_per_1m"]),
        output_cost_per_1m=_amount(prices["output_cost_per_1m"]),
        cost_per_image=_amount(prices["cost_per_image"]),
        rates=rates_from_rows(prices["rates"]),
    )
    return Version(row.model_name, row.recorded_at, sheet, tuple(prices["rates"]))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _id_of(card: RateCard | None) -> UUID | None:
    return None if card is None else card.id
