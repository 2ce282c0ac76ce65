"""Numbers as the usage panel writes them: fixed notation, thousands apart, no digit lost."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from igny8_core.business.credits.money import format_usd

USD_DECIMALS: Final = 4
CREDIT_DECIMALS: Final = 2


def count_text(number: int) -> str:
    return f"{number:,}"


def amount_text(amount: Decimal, *, decimals: int) -> str:
    """`1,234.5000`: at least `decimals` decimals."""
    return f"{Decimal(format_usd(amount, decimals=decimals)):,f}"


def decimals_of(amounts: Iterable[Decimal], *, least: int) -> int:
    """How many decimals write each of the amounts, so that a column of them has its points in line."""
    return max(
        (len(format_usd(amount, decimals=least).partition(".")[2]) for amount in amounts), default=least
    )


def change_text(now: Decimal | int, before: Decimal | int) -> str:
    """`+12.3%`, or nothing where there was nothing to compare with."""
    if not before:
        return ""
    text = f"{(Decimal(now) - before) / before * 100:+,.1f}%"
    return "±0.0%" if text in ("+0.0%", "-0.0%") else text
