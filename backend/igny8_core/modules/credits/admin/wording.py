"""Usage and prices in words."""

from __future__ import annotations

from typing import Any

from igny8_core.business.billing.rate_cards import Rate, RateCard
from igny8_core.business.billing.usage import MTOK
from igny8_core.business.credits import money
from igny8_core.modules.admin_list.cells import NONE

TOKENS = "_tokens"


def quantity(unit: str, number: int) -> str:
    """`1,000 input tokens`, `1 image`"""
    name = unit.replace("_", " ")
    return f"{number:,} {name.removesuffix('s') if number == 1 else name}"


def usage(units: dict[str, Any]) -> str:
    """`1,000 input · 500 output tokens`, `1 image`"""
    tokens = [(unit.removesuffix(TOKENS), number) for unit, number in units.items() if unit.endswith(TOKENS)]
    others = [quantity(unit, number) for unit, number in units.items() if not unit.endswith(TOKENS)]
    # As they are used: PostgreSQL keeps shorter names first.
    tokens.sort(key=lambda token: ("input" not in token[0], token[0]))
    parts = [f"{number:,} {name.replace('_', ' ')}" for name, number in tokens]
    if parts:
        parts[-1] += " tokens"
    return " · ".join(parts + others) or NONE


def rate(rate: Rate) -> str:
    """`$0.15 per 1M input tokens`, `$0.04 per image`"""
    unit = rate.unit.replace("_", " ")
    per = (
        "1M " + unit
        if rate.per == MTOK
        else f"{rate.per:,} {unit}"
        if rate.per > 1
        else unit.removesuffix("s")
    )
    return f"${money.format_usd(rate.amount, decimals=2)} per {per}"


def rates(card: RateCard) -> str:
    return " · ".join(rate(each) for each in card.rates) or "no prices"
