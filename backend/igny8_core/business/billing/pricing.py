"""price(card, usage) -> Cost. Pure: no ORM, no clock, no settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from igny8_core.business.billing.rate_cards import ANY, EXACT, Rate, RateCard, canonical
from igny8_core.business.billing.usage import UNITS, Usage
from igny8_core.business.errors import UnpricedUsage

ZERO: Final = Decimal(0)
STANDARD: Final = ("",)


class Confidence(StrEnum):
    """How sure a price is. ESTIMATED: some of it at a rate that its operator states as an estimate. UNPRICED: some of
    it has no rate, so there is no price."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    UNPRICED = "unpriced"


class CostLine(NamedTuple):
    """One unit's share: `amount_usd` = quantity x rate.amount / rate.per, exactly."""

    unit: str
    quantity: int
    rate: Rate
    amount_usd: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """Exact USD for a usage, at the rate of each unit: the lines add up to the total to the last digit."""

    total_usd: Decimal
    usage: Usage
    rates: Mapping[str, Rate]

    @property
    def lines(self) -> tuple[CostLine, ...]:
        """A line for each unit that was used. Made when it is asked for: most charges need their total alone."""
        return tuple(
            CostLine(unit, quantity, rate := self.rates[unit], EXACT.multiply(rate.usd_each, quantity))
            for unit, quantity in self.usage.used
        )

    @property
    def confidence(self) -> Confidence:
        """ESTIMATED where any line is, else EXACT."""
        is_estimate = any(self.rates[unit].is_estimate for unit, _ in self.usage.used)
        return Confidence.ESTIMATED if is_estimate else Confidence.EXACT

    def explain(self) -> str:
        """The sum as a person would write it, a row for each line, and the total."""
        rows = [(*_explained(line), f"${canonical(line.amount_usd)}") for line in self.lines]
        rows.append(("", "total", "", f"${canonical(self.total_usd)}"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            f"{count:>{widths[0]}}  {unit:<{widths[1]}}  {rate:<{widths[2]}}  {usd:>{widths[3]}}"
            for count, unit, rate, usd in rows
        )


def price(card: RateCard, usage: Usage) -> Cost:
    """What `usage` costs at `card`. Raises UnpricedUsage for a used unit without a rate, decimal.Inexact where digits would be lost."""
    rates = card.rates_for(usage)
    total = ZERO
    for unit, quantity in usage.used:
        rate = rates.get(unit)
        if rate is None:
            raise _unpriced(card, usage, unit, quantity)
        total = EXACT.fma(rate.usd_each, quantity, total)
    return Cost(total, usage, rates)


def as_billed(card: RateCard, *ways: Usage) -> Usage:
    """The usage of one call in the way that its card bills it: the first of the `ways` in which the provider reports it
    (an image may come as tokens and as an image) that has a rate for everything, else the first of all. The call itself
    is counted where the card bills each request of its circumstances."""
    # A way without a count would cost nothing, and no call does.
    ways = tuple(usage for usage in ways if usage.used) or ways
    counted = [usage.with_one_request() if "requests" in card.rates_for(usage) else usage for usage in ways]
    return next(
        (usage for usage in counted if card.rates_for(usage).keys() >= dict(usage.used).keys()), counted[0]
    )


def price_at_most(card: RateCard, bound: Usage, *, tiers: Collection[str] = STANDARD) -> Decimal:
    """USD that no call within `bound` costs more than: each token at the dearest rate that it may be billed at.

    A token of the bound may turn out cached or written to a cache, above a threshold or below it, and in any of
    `tiers` ("*" is every tier that the card knows). Raises UnpricedUsage for a unit that the card has no rate for in the
    bound's own tier.
    """
    tiers = (bound.service_tier, *tiers)
    # Another tier may bill each request where the one that is asked for does not.
    request = dearest_rate(card, bound, "requests", tiers=tiers)
    total = ZERO if request is None or bound.requests else request.usd_each
    own = card.rates_for(bound)
    for unit, quantity in bound.used:
        rate = dearest_rate(card, bound, unit, tiers=tiers)
        # What it may turn out to be, cached or not, is no price of what it is; but most models bill images as text.
        has_own = unit in own or (unit == "image_input_tokens" and "input_tokens" in own)
        if rate is None or not has_own:
            raise _unpriced(card, bound, unit, quantity)
        total = EXACT.add(total, EXACT.multiply(rate.usd_each, quantity))
    return total


def dearest_rate(
    card: RateCard, bound: Usage, unit: str, *, tiers: Collection[str] = STANDARD
) -> Rate | None:
    """The dearest rate that a `unit` of a bound may be billed at, or None where the card has none for it."""
    input_tokens = bound.all_input_tokens
    possible: dict[tuple[str, str, int], Rate] = {}
    for name in MAY_BE[unit]:
        for rate in card.by_unit.get(name, ()):
            is_possible = rate.service_tier in tiers or ANY in (rate.service_tier, *tiers)
            if is_possible and rate.may_apply_to(bound, input_tokens):
                # Size, quality and batch are known: of the rates that differ in these alone the most specific wins.
                possible.setdefault((name, rate.service_tier, rate.above_input_tokens), rate)
    return max(possible.values(), key=lambda rate: rate.usd_each, default=None)


# Unit of a bound -> what each of it may be billed as. Content that is not inline text, an image or a file, is bounded
# as image tokens, and may be any kind of input.
MAY_BE: Final = {
    name: tuple(
        unit.name
        for unit in UNITS.values()
        if unit.bound_by == name or unit.name in (name, UNITS[name].billed_as)
    )
    for name in UNITS
} | {"image_input_tokens": tuple(unit.name for unit in UNITS.values() if unit.side == "input")}


def _unpriced(card: RateCard, usage: Usage, unit: str, quantity: int) -> UnpricedUsage:
    return UnpricedUsage(
        model=card.model,
        unit=unit,
        quantity=quantity,
        service_tier=usage.service_tier,
        is_batch=usage.is_batch,
        image_size=usage.image_size,
        image_quality=usage.image_quality,
    )


def _explained(line: CostLine) -> tuple[str, str, str]:
    per = f" per {line.rate.per:,}" if line.rate.per > 1 else " each"
    words = [line.rate.condition, "an estimate" if line.rate.is_estimate else ""]
    if line.rate.unit != line.unit:
        words.insert(0, f"as {UNITS[line.rate.unit].label}")
    said = ", ".join(word for word in words if word)
    return (
        f"{line.quantity:,}",
        UNITS[line.unit].label,
        f"at ${canonical(line.rate.amount)}{per}" + (f" ({said})" if said else ""),
    )
