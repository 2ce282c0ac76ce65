"""Which price changes look like a slip of the hand. Pure: values in, values out; who asks decides what to do.

A suspect price is not a wrong one: it is asked about once, and saved when a person confirms these very values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from igny8_core.business.billing.rate_cards import EXACT, Rate
from igny8_core.business.billing.rate_words import label_of
from igny8_core.business.billing.usage import MTOK, UNITS
from igny8_core.business.content_id import content_id
from igny8_core.business.credits.money import format_usd

Prices = Mapping[str, Decimal | None]

# A slipped decimal point is a factor of ten; providers' own price changes have stayed below it.
SUSPECT_FACTOR: Final = 10


@dataclass(frozen=True, slots=True)
class Plausible:
    """What a price field is called, and the range (USD, ends included) in which its value needs no second look."""

    label: str
    per: str
    lowest: Decimal
    highest: Decimal
    too_low: str
    too_high: str


# Per 1M tokens the dearest list price is $600, which is $0.0006 per token, and the cheapest is some cents: so whatever
# is below $0.001 was meant per token. An image costs between $0.0006 and $0.30; per 1,000 images that is above $0.50.
PLAUSIBLE: Final[dict[str, Plausible]] = {
    "input_cost_per_1m": Plausible(
        "input price", "per 1M", Decimal("0.001"), Decimal(1000), "", "no model is known to cost so much"
    ),
    "output_cost_per_1m": Plausible(
        "output price", "per 1M", Decimal("0.001"), Decimal(1000), "", "no model is known to cost so much"
    ),
    "cost_per_image": Plausible(
        "image price",
        "per image",
        Decimal("0.0001"),
        Decimal(2),
        "no image is known to cost so little",
        "it looks like a price for many images",
    ),
}


PER_MILLION: Final = ("no model is known to cost so much", Decimal("0.001"), Decimal(1000))
# Unit of a rate -> (what is said of more, lowest, highest), in USD for as many as its price is usually given for.
PLAUSIBLE_RATES: Final = {unit.name: PER_MILLION for unit in UNITS.values() if unit.side} | {
    "images": ("it looks like a price for many images", Decimal("0.0001"), Decimal(2)),
    "requests": ("it looks like a price for many requests", Decimal("0.00001"), Decimal(2)),
    "web_searches": ("it looks like a price for many more searches", Decimal("0.1"), Decimal(200)),
    "file_searches": ("it looks like a price for many more searches", Decimal("0.1"), Decimal(200)),
    "code_sessions": ("it looks like a price for many sessions", Decimal("0.001"), Decimal(2)),
    "characters": ("no model is known to cost so much", Decimal("0.01"), Decimal(1000)),
    "seconds": ("it looks like a price for many seconds", Decimal("0.000001"), Decimal(5)),
    # What a provider reports is what it bills.
    "reported_nanousd": ("a reported dollar is one dollar", Decimal(1), Decimal(1)),
}


@dataclass(frozen=True, slots=True)
class SuspectRate:
    """A rate that a person should confirm; amounts are for as many units as such a price is usually given for."""

    field: str
    per: str
    old: Decimal | None
    new: Decimal
    reason: str

    @property
    def message(self) -> str:
        """`input tokens (flex tier): $0.15 -> $1.50 per 1M, 10 times as much`"""
        before = "" if self.old is None else f"{_usd(self.old)} -> "
        return f"{self.field}: {before}{_usd(self.new)} {self.per}, {self.reason}"


@dataclass(frozen=True, slots=True)
class SuspectPrice:
    """A price that a person should confirm. `old` is None for a model or a price that is new."""

    field: str
    old: Decimal | None
    new: Decimal
    reason: str

    @property
    def message(self) -> str:
        """`input price: $0.15 -> $1.50 per 1M, 10 times as much`"""
        known = PLAUSIBLE[self.field]
        before = "" if self.old is None else f"{_usd(self.old)} -> "
        return f"{known.label}: {before}{_usd(self.new)} {known.per}, {self.reason}"


def suspect_prices(*, old: Prices | None, new: Prices) -> tuple[SuspectPrice, ...]:
    """The changes from `old` (None: a new model) to `new` that a person should confirm, in the order of PLAUSIBLE.

    A field that `new` does not name stays as it is; an unchanged price is never suspect.
    """
    suspects = []
    for field in PLAUSIBLE:
        after = new.get(field)
        before = (old or {}).get(field)
        if after is None or not after.is_finite() or after == before:
            continue
        reasons = [reason for reason in (_jump(before, after), _implausible(field, after)) if reason]
        if reasons:
            suspects.append(SuspectPrice(field, before, after, "; ".join(reasons)))
    return tuple(suspects)


def suspect_rate(*, old: Rate | None, new: Rate) -> SuspectRate | None:
    """The same for a rate, which takes the place of `old` (None: of none), a rate of the same unit."""
    before, after = (_usual(old) if old else None), _usual(new)
    if before == after or not after.is_finite() or after < 0:
        return None
    reasons = [reason for reason in (_jump(before, after), _implausible_rate(new, after)) if reason]
    if not reasons:
        return None
    label = label_of(new.unit) + (f" ({new.condition})" if new.condition else "")
    per = UNITS[new.unit].per
    words = "each" if per == 1 else "per 1M" if per == MTOK else f"per {per:,}"
    return SuspectRate(label, words, before, after, "; ".join(reasons))


def confirmation(suspects: Iterable[SuspectPrice | SuspectRate]) -> str:
    """What confirms exactly these changes: another price, before or after, has another one. Empty where none is suspect."""
    lines = [f"{one.field} {one.old and _usd(one.old)} {_usd(one.new)}" for one in suspects]
    return str(content_id("\n".join(lines))) if lines else ""


def _jump(before: Decimal | None, after: Decimal) -> str | None:
    if before is None or not before.is_finite() or before < 0 or after < 0:
        return None
    if not after:
        return "calls would be free"
    if not before:
        return "calls were free"
    if after >= before * SUSPECT_FACTOR:
        return f"{_times(after, before)} times as much"
    if before >= after * SUSPECT_FACTOR:
        return f"{_times(before, after)} times less"
    return None


def _implausible(field: str, price: Decimal) -> str | None:
    known = PLAUSIBLE[field]
    if 0 < price < known.lowest:
        return known.too_low or f"it looks like a price per token, which would be {_usd(price * MTOK)} per 1M"
    return known.too_high if price > known.highest else None


def _usual(rate: Rate) -> Decimal:
    """USD for as many units as such a price is usually given for."""
    return EXACT.multiply(rate.usd_each, UNITS[rate.unit].per)


def _implausible_rate(rate: Rate, price: Decimal) -> str | None:
    if rate.unit not in PLAUSIBLE_RATES:
        return None
    too_high, lowest, highest = PLAUSIBLE_RATES[rate.unit]
    if 0 < price < lowest:
        if UNITS[rate.unit].side:
            return f"it looks like a price per token, which would be {_usd(price * MTOK)} per 1M"
        return f"no {label_of(rate.unit, 1)} is known to cost so little"
    return too_high if price > highest else None


def _times(more: Decimal, less: Decimal) -> str:
    # Whole ones, so that nothing below ten times is ever called ten times.
    return f"{more // less:,f}"


def _usd(amount: Decimal) -> str:
    return f"${format_usd(amount, decimals=2)}"
