"""What a test says of prices, and what a body costs at them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from igny8_core.ai.dialects import USAGE_READERS
from igny8_core.business.billing.pricing import as_billed, price
from igny8_core.business.billing.rate_cards import Rate, RateCard
from igny8_core.business.billing.usage import UNITS, Usage


def card(*rates: Rate, **usd: str) -> RateCard:
    """USD by unit, for the number of it that its price is usually given for: `card(input_tokens="2.50")`."""
    common = (Rate(unit, Decimal(amount), UNITS[unit].per) for unit, amount in usd.items())
    return RateCard("m", "p", "database", (*common, *rates))


def used(dialect: str, body: Any) -> dict[str, Any]:
    """The first way in which the reply reports its usage, as JSON."""
    return USAGE_READERS[dialect](body).ways[0].to_json()


def ways(dialect: str, body: Any) -> list[dict[str, Any]]:
    return [way.to_json() for way in USAGE_READERS[dialect](body).ways]


def billed(dialect: str, body: Any, prices: RateCard) -> Usage:
    return as_billed(prices, *USAGE_READERS[dialect](body).ways)


def cost(dialect: str, body: Any, prices: RateCard) -> Decimal:
    """Exact USD. Raises UnpricedUsage."""
    return price(prices, billed(dialect, body, prices)).total_usd
