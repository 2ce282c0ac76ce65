"""Why the prices of a model cannot be stored, and which of them have no effect: in sentences, from price sheets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from igny8_core.business.billing.price_checks import PLAUSIBLE
from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet, unclear_pairs
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.rate_words import dated_in_words
from igny8_core.business.credits.money import format_usd

# Base price -> the unit that it is for.
BASE_UNITS: Final = {
    "input_cost_per_1m": "input_tokens",
    "output_cost_per_1m": "output_tokens",
    "cost_per_image": "images",
}
ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


def unclear_sentences(sheet: PriceSheet) -> list[str]:
    """A sentence for each pair of rates that could both win, which names them; [] for a sheet that can be stored."""
    return [_unclear(sheet, one, other) for one, other in unclear_pairs(sheet)]


def replacing_rates(sheet: PriceSheet, unit: str) -> tuple[DatedRate, ...]:
    """The rates that take the place of the base price of a unit, each for its time, in order."""
    found = [dated for dated in sheet.rates if dated.rate.unit == unit and is_standard(dated.rate)]
    return tuple(sorted(found, key=lambda dated: dated.valid_from or ALWAYS))


def is_standard(rate: Rate) -> bool:
    """Whether it is for just the calls that a base price is for."""
    return rate.conditions == Rate(rate.unit, rate.amount, rate.per).conditions


def replaced_by(sheet: PriceSheet, unit: str, time: datetime) -> DatedRate | None:
    """The rate that is charged at `time` in place of the base price."""
    return next((dated for dated in replacing_rates(sheet, unit) if dated.is_valid_at(time)), None)


def new_replacements(before: PriceSheet, after: PriceSheet, now: datetime) -> Iterator[str]:
    """A sentence for each rate that is new in `after` and takes a base price's place, now or later."""
    for field, unit in BASE_UNITS.items():
        price = getattr(after, field)
        known = replacing_rates(before, unit)
        for dated in replacing_rates(after, unit):
            has_ended = dated.valid_to is not None and dated.valid_to <= now
            if price is None or has_ended or dated in known:
                continue
            act = "takes" if dated.is_valid_at(now) else "will take"
            yield (
                f"“{dated_in_words(dated)}” {act} the place of the {PLAUSIBLE[field].label},"
                f" ${format_usd(price, decimals=2)} {PLAUSIBLE[field].per}."
            )


def base_price_is_charged_from(sheet: PriceSheet, unit: str, now: datetime) -> datetime | None:
    """The first moment from `now` on at which no rate takes the base price's place; None where one always will."""
    time = now
    while (dated := replaced_by(sheet, unit, time)) is not None:
        if dated.valid_to is None:
            return None
        time = dated.valid_to
    return time


def without_effect(sheet: PriceSheet, field: str, now: datetime) -> str | None:
    """Why nobody would be charged a new base price: a rate takes its place for good. None where somebody is, if later."""
    unit = BASE_UNITS[field]
    dated = replaced_by(sheet, unit, now)
    if dated is None or base_price_is_charged_from(sheet, unit, now) is not None:
        return None
    return (
        f"The new {PLAUSIBLE[field].label} would have no effect: calls are charged “{dated_in_words(dated)}” instead."
        " Change that rate; nothing was changed."
    )


def _unclear(sheet: PriceSheet, one: DatedRate, other: DatedRate) -> str:
    names = " and ".join(f"“{_name(sheet, dated)}”" for dated in (one, other))
    if one.rate.conditions == other.rate.conditions:
        return f"{names} are for the same calls at the same time: end one before the other begins."
    return (
        f"{names} could both be the price of one call: end one before the other begins, or add a rate for just the"
        " calls that meet both."
    )


def _name(sheet: PriceSheet, dated: DatedRate) -> str:
    is_base = not any(dated is rate for rate in sheet.rates)
    return dated_in_words(dated) + (", the base price" if is_base else "")
