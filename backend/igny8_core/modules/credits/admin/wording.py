"""Usage and prices in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from igny8_core.business.billing.rate_cards import Rate, RateCard
from igny8_core.business.billing.rate_words import circumstances, label_of, price_in_words
from igny8_core.business.billing.usage import NAMES
from igny8_core.business.credits import money
from igny8_core.modules.admin_list.cells import NONE

TOKENS: Final = "_tokens"
REPORTED: Final = "reported_nanousd"
PLACES: Final = {unit: place for place, unit in enumerate(NAMES)}


def quantity(unit: str, number: int) -> str:
    """`1,000 input tokens`, `1 image`"""
    return f"{number:,} {label_of(unit, number)}"


def usage(units: dict[str, Any]) -> str:
    """`1,000 input · 500 output tokens`, `1 image · 1024x1024`, `9 input tokens · flex tier`: in the registry's order, and
    what is not standard last."""
    counts = {unit: number for unit, number in units.items() if type(number) is int}
    ordered = sorted(counts, key=lambda unit: (PLACES.get(unit, len(PLACES)), unit))
    tokens = [unit for unit in ordered if unit.endswith(TOKENS)]
    parts = [f"{counts[unit]:,} {unit.removesuffix(TOKENS).replace('_', ' ')}" for unit in tokens]
    if parts:
        parts[-1] += " tokens"
    parts += [
        f"${money.format_usd(Decimal(counts[unit]).scaleb(-9), decimals=2)} reported"
        if unit == REPORTED
        else quantity(unit, counts[unit])
        for unit in ordered
        if unit not in tokens
    ]
    return " · ".join([*parts, *circumstances(units)]) or NONE


def rate(rate: Rate) -> str:
    """`$0.15 per 1M input tokens (flex tier)`, `$0.04 per image`"""
    return price_in_words(rate)


def rates(card: RateCard) -> str:
    return " · ".join(rate(each) for each in card.rates) or "no prices"
