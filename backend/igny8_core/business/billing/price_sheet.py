"""What a model's prices are at each moment: its base prices, and its rates with the time that each is for."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Any

from igny8_core.business.billing.rate_cards import ANY, RATE_NAMES, Rate, RateCard, base_rates, compile_card


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate from `valid_from` (None: always) until just before `valid_to` (None: without an end)."""

    rate: Rate
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def is_valid_at(self, time: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= time) and (
            self.valid_to is None or time < self.valid_to
        )


@dataclass(frozen=True, slots=True)
class CardPeriod:
    """The card of a model from `valid_from` until just before `valid_to`."""

    card: RateCard
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(frozen=True)
class PriceSheet:
    """A model's prices in USD, with everything that is scheduled and everything that has ended."""

    model: str
    provider: str
    source: str
    input_cost_per_1m: Decimal | None = None
    output_cost_per_1m: Decimal | None = None
    cost_per_image: Decimal | None = None
    rates: tuple[DatedRate, ...] = ()

    def card_at(self, time: datetime) -> RateCard:
        """The card of that moment."""
        return self.period_at(time).card

    def period_at(self, time: datetime) -> CardPeriod:
        """The card of that moment, and how long it is the card. The same period is the same object."""
        number = bisect_right(self.changes, time)
        period = self._periods.get(number)
        if period is None:
            period = self._periods[number] = self._compile(number)
        return period

    def periods(self) -> Iterator[CardPeriod]:
        """Every period, in order; the first has no beginning and the last no end."""
        for number in range(len(self.changes) + 1):
            yield self._periods.setdefault(number, self._compile(number))

    @cached_property
    def changes(self) -> tuple[datetime, ...]:
        """The moments at which another card begins."""
        return tuple(
            sorted(
                {
                    time
                    for dated in self.rates
                    for time in (dated.valid_from, dated.valid_to)
                    if time is not None
                }
            )
        )

    @cached_property
    def _periods(self) -> dict[int, CardPeriod]:
        return {}

    def _compile(self, number: int) -> CardPeriod:
        starts, ends = (None, *self.changes), (*self.changes, None)
        start, end = starts[number], ends[number]
        if start is None:
            valid = [dated.rate for dated in self.rates if dated.valid_from is None]
        else:
            valid = [dated.rate for dated in self.rates if dated.is_valid_at(start)]
        card = compile_card(
            model=self.model,
            provider=self.provider,
            source=self.source,
            input_cost_per_1m=self.input_cost_per_1m,
            output_cost_per_1m=self.output_cost_per_1m,
            cost_per_image=self.cost_per_image,
            rates=valid,
        )
        return CardPeriod(card, start, end)


def rates_from_json(text: str | None) -> tuple[DatedRate, ...]:
    """Rates as the view billing_model_rates hands them over: a JSON list of rows."""
    return rates_from_rows(json.loads(text or "[]"))


def rates_from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[DatedRate, ...]:
    """Rows of {column: value}, amounts as strings, times in ISO 8601."""
    return tuple(
        DatedRate(
            Rate(**{name: row[name] for name in RATE_NAMES} | {"amount": Decimal(row["amount"])}),
            _time(row["valid_from"]),
            _time(row["valid_to"]),
        )
        for row in rows
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _base(sheet: PriceSheet) -> tuple[DatedRate, ...]:
    rates = base_rates(sheet.input_cost_per_1m, sheet.output_cost_per_1m, sheet.cost_per_image)
    return tuple(DatedRate(rate) for rate in rates)


def unclear_pairs(sheet: PriceSheet) -> list[tuple[DatedRate, DatedRate]]:
    """The pairs of a model's rates that could both win: PostgreSQL refuses them by the same rule (unclear_rates.sql).

    Two rates of a unit that can apply to one call at one time are clear where one's conditions are a special case of
    the other's: the more specific wins. Else a rate for just what meets both must be there for all of that time. A
    base price is always there, and a rate of its own conditions takes its place.
    """
    base = _base(sheet)
    by_unit: dict[str, list[DatedRate]] = {}
    for dated in (*base, *sheet.rates):
        by_unit.setdefault(dated.rate.unit, []).append(dated)
    return [
        (one, other)
        for rates in by_unit.values()
        for one, other in combinations(rates, 2)
        if (both := _both(one, other)) is not None and not _is_clear(one, other, both, rates, base)
    ]


def _is_clear(
    one: DatedRate, other: DatedRate, both: DatedRate, rates: list[DatedRate], base: tuple[DatedRate, ...]
) -> bool:
    if one.rate.conditions == other.rate.conditions:
        # The base price itself: a rate may say the same, and is one of two all the same.
        return any(one is dated for dated in base)
    return _covers([dated for dated in rates if dated.rate.conditions == both.rate.conditions], both)


def _both(one: DatedRate, other: DatedRate) -> DatedRate | None:
    """The conditions and the time that meet both, on the unit of both; None where no call can."""
    start = max((time for time in (one.valid_from, other.valid_from) if time), default=None)
    end = min((time for time in (one.valid_to, other.valid_to) if time), default=None)
    if start is not None and end is not None and start >= end:
        return None
    a, b = one.rate, other.rate
    pairs = (
        (a.service_tier, b.service_tier, ANY),
        (a.is_batch, b.is_batch, None),
        (a.image_size, b.image_size, ""),
        (a.image_quality, b.image_quality, ANY),
    )
    if any(x != y and wide not in (x, y) for x, y, wide in pairs):
        return None
    tier, batch, size, quality = (y if x == wide else x for x, y, wide in pairs)
    above = max(a.above_input_tokens, b.above_input_tokens)
    return DatedRate(Rate(a.unit, a.amount, a.per, tier, batch, above, size, quality), start, end)  # type: ignore[arg-type]


def _covers(rates: list[DatedRate], time: DatedRate) -> bool:
    """Whether one of the rates is valid at each moment of `time`'s validity."""
    at = time.valid_from
    for dated in sorted(rates, key=lambda dated: (dated.valid_from is not None, dated.valid_from)):
        if dated.valid_from is not None and (at is None or dated.valid_from > at):
            return False
        if dated.valid_to is None or (time.valid_to is not None and time.valid_to <= dated.valid_to):
            return True
        at = dated.valid_to if at is None else max(at, dated.valid_to)
    return False
