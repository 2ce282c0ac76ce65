"""The one home of rounding, and of USD <-> credits. The product's currency is USD."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    Context,
    Decimal,
    DecimalException,
    Inexact,
    InvalidOperation,
    localcontext,
)
from typing import Final

from igny8_core.business.conf import setting
from igny8_core.business.errors import InvalidRequest

USD_QUANTUM: Final = Decimal("1e-18")
CREDIT_QUANTUM: Final = Decimal("1e-6")
# What the columns hold: below this, in USD and in credits.
MOST_USD: Final = Decimal(10**12)
MOST_CREDITS: Final = Decimal(10**14)

# Money keeps every digit, or says that it cannot: without the second trap an overflow would be NaN.
EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation])


def exact_usd(amount: Decimal) -> Decimal:
    """`amount` in USD with 18 decimals. Raises InvalidRequest where digits would be lost."""
    return _exact(amount, USD_QUANTUM, MOST_USD, "USD")


def exact_credits(amount: Decimal) -> Decimal:
    """`amount` credits with 6 decimals. Raises InvalidRequest where digits would be lost."""
    return _exact(amount, CREDIT_QUANTUM, MOST_CREDITS, "credits")


def usd_per_credit() -> Decimal:
    """What one credit is worth now. Raises InvalidRequest for a setting that the charges could not name exactly."""
    rate = exact_usd(setting("USD_PER_CREDIT"))
    if rate <= 0:
        raise InvalidRequest(f"IGNY8_USD_PER_CREDIT is {rate}; it must be positive")
    return rate


def usd_to_credits(amount: Decimal, rate: Decimal | None = None) -> Decimal:
    """What `amount` USD costs in credits at `rate` USD a credit (today's, if none is given), rounded once, up, to the
    sixth decimal: a charge never falls below its cost. Raises InvalidRequest for more than the columns hold."""
    with localcontext(Context(prec=60)):
        credits = (amount / (rate or usd_per_credit())).quantize(CREDIT_QUANTUM, rounding=ROUND_CEILING)
    return exact_credits(credits)


def credits_to_usd(amount: Decimal) -> Decimal:
    """What `amount` credits can pay for in USD, rounded down to the eighteenth decimal."""
    with localcontext(Context(prec=60)):
        return (amount * usd_per_credit()).quantize(USD_QUANTUM, rounding=ROUND_FLOOR)


def without_trailing_zeros(amount: Decimal) -> Decimal:
    """The same amount as people write it: 0.00001665, not 0.000016650000000000 and not 1.665E-5."""
    return Decimal(format_usd(amount, decimals=0).rstrip("."))


def format_usd(amount: Decimal, *, decimals: int = 4) -> str:
    """Fixed notation with at least `decimals` decimals and no digit lost: `0.1500`, `0.00000015`; never `1.5E-7`."""
    text = f"{amount:f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(decimals, '0')}"


def format_credits(amount: Decimal) -> str:
    """Fixed notation with thousands marked and no digit lost: `1,234.5`, `0.000001`."""
    return f"{without_trailing_zeros(amount):,f}"


def _exact(amount: Decimal, quantum: Decimal, most: Decimal, unit: str) -> Decimal:
    try:
        exact = amount.quantize(quantum, context=EXACT)
    except DecimalException:
        exact = None
    if exact is None or not exact.is_finite() or abs(exact) >= most:
        raise InvalidRequest(f"{amount} {unit} is not an amount below {most:f} in steps of {quantum:f}")
    return exact
