"""Immutable rate cards, named by the hash of their content: what a model's units cost, and under which conditions."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import cached_property
from typing import Any, Final, Self
from uuid import UUID

from igny8_core.business.billing.usage import MTOK, UNITS, Usage
from igny8_core.business.content_id import content_id

ANY: Final = "*"

# A price is exact or it is not given: `per` is a power of ten, so no digit is ever lost at this precision.
EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation])

# unit -> the unit at whose rate it is billed where it has none of its own
BILLED_AS: Final = {name: unit.billed_as for name, unit in UNITS.items() if unit.billed_as}

# Kinds of circumstances that a card remembers its choice for: providers report a handful, a hostile one any number.
MOST_REMEMBERED: Final = 256


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` USD for every `per` of `unit` (a unit of Usage), for the calls that meet its conditions.

    Where it says nothing it is for standard calls: no service tier, no batch, no image quality. "*" as tier or quality,
    and None as `is_batch`, is any; no size is every size. A call whose whole prompt is longer than
    `above_input_tokens` has the rate for all of its tokens.
    """

    unit: str
    amount: Decimal
    per: int
    service_tier: str = ""
    is_batch: bool | None = False
    above_input_tokens: int = 0
    image_size: str = ""
    image_quality: str = ""
    is_estimate: bool = False
    usd_each: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "usd_each", EXACT.divide(self.amount, self.per))

    @property
    def conditions(self) -> tuple[Any, ...]:
        """What tells it from the other rates of its unit."""
        return (
            self.service_tier,
            self.is_batch,
            self.above_input_tokens,
            self.image_size,
            self.image_quality,
        )

    @property
    def specificity(self) -> tuple[int, int]:
        """Greater than that of every rate that applies wherever this one does: the most specific rate wins."""
        named = (
            self.service_tier != ANY,
            self.is_batch is not None,
            bool(self.image_size),
            self.image_quality != ANY,
        )
        return sum(named), self.above_input_tokens

    def applies_to(self, usage: Usage, input_tokens: int) -> bool:
        """Whether a call of this usage, with so many input tokens in all, meets the conditions."""
        return self.service_tier in (usage.service_tier, ANY) and self.may_apply_to(usage, input_tokens)

    def may_apply_to(self, usage: Usage, input_tokens: int) -> bool:
        """Whether such a call meets every condition but that of the service tier."""
        return (
            self.is_batch in (usage.is_batch, None)
            and (not self.above_input_tokens or input_tokens > self.above_input_tokens)
            and self.image_size in (usage.image_size, "")
            and self.is_for_quality(usage.image_quality)
        )

    def is_for_quality(self, quality: str) -> bool:
        """Whether images of that quality have this rate. Whatever else a call uses costs the same at every quality."""
        return self.unit != "images" or self.image_quality in (quality, ANY)

    @property
    def condition(self) -> str:
        """The conditions in words: "flex tier, above 200,000 input tokens"; "" for standard calls."""
        words = []
        if self.service_tier:
            words.append("any tier" if self.service_tier == ANY else f"{self.service_tier} tier")
        if self.is_batch is not False:
            words.append("batch" if self.is_batch else "batch or not")
        if self.above_input_tokens:
            words.append(f"above {self.above_input_tokens:,} input tokens")
        if self.image_size:
            words.append(self.image_size)
        if self.image_quality:
            words.append("any quality" if self.image_quality == ANY else f"{self.image_quality} quality")
        return ", ".join(words)

    @property
    def content(self) -> dict[str, Any]:
        """What it says, ready for JSON: a fixed decimal string without trailing zeros, and only what is not standard."""
        said = {
            name: getattr(self, name) for name, standard in RATE_FIELDS if getattr(self, name) != standard
        }
        return said | {"amount": canonical(self.amount)}


RATE_FIELDS: Final = tuple(
    (rate_field.name, rate_field.default if rate_field.default is not MISSING else None)
    for rate_field in fields(Rate)
    if rate_field.init
)
RATE_NAMES: Final = tuple(name for name, _ in RATE_FIELDS)


@dataclass(frozen=True)
class RateCard:
    """What a model's units cost. Two cards with the same content are the same card."""

    model: str
    provider: str
    source: str  # "database" or "constants"
    rates: tuple[Rate, ...]

    @cached_property
    def by_unit(self) -> dict[str, tuple[Rate, ...]]:
        """The rates of each unit that has any, the most specific first."""
        found: dict[str, list[Rate]] = {}
        for rate in sorted(self.rates, key=lambda rate: rate.specificity, reverse=True):
            found.setdefault(rate.unit, []).append(rate)
        return {unit: tuple(rates) for unit, rates in found.items()}

    def rates_for(self, usage: Usage) -> Mapping[str, Rate]:
        """The one rate of each unit that a call of this usage is priced at: the most specific that applies."""
        input_tokens = usage.all_input_tokens if self._thresholds else 0
        circumstances = (
            usage.service_tier,
            usage.is_batch,
            usage.image_size,
            usage.image_quality,
            bisect_left(self._thresholds, input_tokens),
        )
        chosen = self._chosen.get(circumstances)
        if chosen is None:
            if len(self._chosen) >= MOST_REMEMBERED:
                self._chosen.clear()
            chosen = self._chosen[circumstances] = self._choose(usage, input_tokens)
        return chosen

    def _choose(self, usage: Usage, input_tokens: int) -> dict[str, Rate]:
        chosen = {}
        for unit, rates in self.by_unit.items():
            rate = next((rate for rate in rates if rate.applies_to(usage, input_tokens)), None)
            if rate is not None:
                chosen[unit] = rate
        for name, other in BILLED_AS.items():
            if name not in chosen and other in chosen:
                chosen[name] = chosen[other]
        return chosen

    @cached_property
    def _thresholds(self) -> tuple[int, ...]:
        return tuple(sorted({rate.above_input_tokens for rate in self.rates if rate.above_input_tokens}))

    @cached_property
    def _chosen(self) -> dict[tuple[Any, ...], dict[str, Rate]]:
        return {}

    @cached_property
    def content(self) -> dict[str, Any]:
        """What the card says, ready for JSON, in an order of its own."""
        rates = sorted(
            (rate.content for rate in self.rates),
            key=lambda rate: (rate["unit"], json.dumps(rate, sort_keys=True)),
        )
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
        rates = tuple(Rate(**rate | {"amount": Decimal(rate["amount"])}) for rate in content["rates"])
        return cls(content["model"], content["provider"], content["source"], rates)


def compile_card(
    *,
    model: str,
    provider: str,
    source: str,
    input_cost_per_1m: Decimal | None = None,
    output_cost_per_1m: Decimal | None = None,
    cost_per_image: Decimal | None = None,
    rates: Iterable[Rate] = (),
) -> RateCard:
    """The card of a model's base prices (USD) and its rates. Using a unit that has neither is UnpricedUsage.

    A base price is for standard calls; a rate of the same unit and conditions takes its place.
    """
    base = base_rates(input_cost_per_1m, output_cost_per_1m, cost_per_image)
    by_conditions = {(rate.unit, rate.conditions): rate for rate in (*base, *rates)}
    return RateCard(model, provider, source, tuple(by_conditions.values()))


def base_rates(
    input_cost_per_1m: Decimal | None, output_cost_per_1m: Decimal | None, cost_per_image: Decimal | None
) -> tuple[Rate, ...]:
    """The rates of the base prices that are not None."""
    prices = (
        ("input_tokens", input_cost_per_1m, MTOK),
        ("output_tokens", output_cost_per_1m, MTOK),
        ("images", cost_per_image, 1),
    )
    return tuple(Rate(unit, amount, per) for unit, amount, per in prices if amount is not None)


def canonical(amount: Decimal) -> str:
    """Fixed notation without trailing zeros: "0.0000002", never "2E-7"."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
