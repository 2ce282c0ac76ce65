"""The one home of rounding, and of USD <-> credits. The product's currency is USD."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, Inexact, localcontext
from typing import Final

from igny8_core.business.conf import setting

USD_QUANTUM: Final = Decimal("1e-18")
CREDIT_QUANTUM: Final = Decimal("1e-6")

# Money keeps every digit: 60 is far above any sum that the columns can hold.
EXACT: Final = Context(prec=60, traps=[Inexact])


def quantize_usd(amount: Decimal) -> Decimal:
    """`amount` in USD with 18 decimals. Raises decimal.Inexact where digits would be lost."""
    return amount.quantize(USD_QUANTUM, context=EXACT)


def usd_to_credits(amount: Decimal) -> Decimal:
    """What `amount` USD costs in credits, rounded once, up, to the sixth decimal: a charge never falls below its cost."""
    with localcontext(Context(prec=60)):
        return (amount / _usd_per_credit()).quantize(CREDIT_QUANTUM, rounding=ROUND_CEILING)


def credits_to_usd(amount: Decimal) -> Decimal:
    """What `amount` credits can pay for in USD, rounded down to the eighteenth decimal."""
    with localcontext(Context(prec=60)):
        return (amount * _usd_per_credit()).quantize(USD_QUANTUM, rounding=ROUND_FLOOR)


def without_trailing_zeros(amount: Decimal) -> Decimal:
    """The same amount as people write it: 0.00001665, not 0.000016650000000000 and not 1.665E-5."""
    return Decimal(format_usd(amount, decimals=0).rstrip("."))


def format_usd(amount: Decimal, *, decimals: int = 4) -> str:
    """Fixed notation with at least `decimals` decimals and no digit lost: `0.1500`, `0.00000015`; never `1.5E-7`."""
    text = f"{amount:f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(decimals, '0')}"


def _usd_per_credit() -> Decimal:
    rate: Decimal = setting("USD_PER_CREDIT")
    return rate
