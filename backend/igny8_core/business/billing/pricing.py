"""price(card, usage) -> Cost. Pure: no ORM, no clock, no settings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final

from igny8_core.business.billing.rate_cards import Rate, RateCard
from igny8_core.business.billing.usage import Usage
from igny8_core.business.errors import UnpricedUsage

ZERO: Final = Decimal(0)

# A price is exact or it is not given: `per` is a power of ten, so no digit is ever lost at this precision.
EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation])


@dataclass(frozen=True, slots=True)
class CostLine:
    """One unit's share: `amount_usd` = quantity x rate.amount / rate.per, exactly."""

    unit: str
    quantity: int
    rate: Rate
    amount_usd: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """Exact USD: the lines add up to the total to the last digit."""

    total_usd: Decimal
    lines: tuple[CostLine, ...]


def price(card: RateCard, usage: Usage) -> Cost:
    """What `usage` costs at `card`. Raises UnpricedUsage for a used unit without a rate, decimal.Inexact where digits would be lost."""
    lines = []
    total = ZERO
    for unit, quantity in usage.units():
        if not quantity:
            continue
        rate = card.by_unit.get(unit)
        if rate is None:
            raise UnpricedUsage(model=card.model, unit=unit, quantity=quantity)
        amount = EXACT.divide(EXACT.multiply(rate.amount, quantity), rate.per)
        lines.append(CostLine(unit, quantity, rate, amount))
        total = EXACT.add(total, amount)
    return Cost(total, tuple(lines))
