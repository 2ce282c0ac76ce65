"""Compiles the editable rows into immutable rate cards, named by the hash of their content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Self
from uuid import UUID

from igny8_core.business.content_id import content_id

MTOK: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` USD for every `per` of `unit` (a field name of Usage)."""

    unit: str
    amount: Decimal
    per: int


@dataclass(frozen=True)
class RateCard:
    """What a model's units cost. Two cards with the same content are the same card."""

    model: str
    provider: str
    source: str  # "database" or "constants"
    rates: tuple[Rate, ...]

    @cached_property
    def by_unit(self) -> dict[str, Rate]:
        return {rate.unit: rate for rate in self.rates}

    @cached_property
    def content(self) -> dict[str, Any]:
        """What the card says, ready for JSON: amounts are fixed decimal strings without trailing zeros."""
        rates = [
            {"amount": _canonical(rate.amount), "per": rate.per, "unit": rate.unit}
            for rate in sorted(self.rates, key=lambda rate: rate.unit)
        ]
        return {"model": self.model, "provider": self.provider, "rates": rates, "source": self.source}

    @cached_property
    def body(self) -> str:
        """The content as canonical JSON: sorted keys, no spaces."""
        return json.dumps(self.content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def id(self) -> UUID:
        """Named by its body."""
        return content_id(self.body)

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> Self:
        """The card that a stored content describes."""
        rates = tuple(Rate(rate["unit"], Decimal(rate["amount"]), rate["per"]) for rate in content["rates"])
        return cls(content["model"], content["provider"], content["source"], rates)


def compile_card(
    *,
    model: str,
    provider: str,
    source: str,
    input_cost_per_1m: Decimal | None = None,
    output_cost_per_1m: Decimal | None = None,
    cost_per_image: Decimal | None = None,
) -> RateCard:
    """The card of a model's base prices (USD). A price that is None gives no rate: using that unit is UnpricedUsage."""
    prices = (
        ("input_tokens", input_cost_per_1m, MTOK),
        ("output_tokens", output_cost_per_1m, MTOK),
        ("images", cost_per_image, 1),
    )
    rates = tuple(Rate(unit, amount, per) for unit, amount, per in prices if amount is not None)
    return RateCard(model, provider, source, rates)


def _canonical(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
