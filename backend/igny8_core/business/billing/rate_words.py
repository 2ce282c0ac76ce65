"""A rate in words: "$0.15 per 1M input tokens (flex tier)"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from igny8_core.business.billing.price_sheet import DatedRate
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.usage import MTOK, UNITS
from igny8_core.business.credits.money import format_usd


def label_of(unit: str, number: int = 2) -> str:
    """`input tokens`, or for one of them `input token`; a unit that is no longer counted goes by its name."""
    label = UNITS[unit].label if unit in UNITS else unit.replace("_", " ")
    return _singular(label) if number == 1 else label


def price_in_words(rate: Rate) -> str:
    """`$0.15 per 1M input tokens (flex tier, an estimate)`, `$0.04 per image`"""
    said = [rate.condition, "an estimate" if rate.is_estimate else ""]
    about = ", ".join(word for word in said if word)
    return f"${format_usd(rate.amount, decimals=2)} per {_per(rate)}" + (f" ({about})" if about else "")


def dated_in_words(dated: DatedRate) -> str:
    """The same with its time: `…, from 2026-03-01 00:00 UTC, until 2026-04-01 00:00 UTC`."""
    words = [price_in_words(dated.rate)]
    if dated.valid_from is not None:
        words.append(f"from {moment(dated.valid_from)}")
    if dated.valid_to is not None:
        words.append(f"until {moment(dated.valid_to)}")
    return ", ".join(words)


def circumstances(said: Mapping[str, Any]) -> tuple[str, ...]:
    """What is not standard about a call, as its usage has it in JSON: `("flex tier", "batch", "1024x1024", "hd quality")`"""
    words = [f"{tier} tier" if (tier := said.get("service_tier")) else ""]
    words += ["batch" if said.get("is_batch") else "", str(said.get("image_size") or "")]
    words += [f"{quality} quality" if (quality := said.get("image_quality")) else ""]
    return tuple(word for word in words if word)


def moment(time: datetime) -> str:
    """To the minute, or as fine as it was given."""
    local = time.astimezone(UTC)
    return f"{local:%Y-%m-%d %H:%M:%S} UTC" if local.second else f"{local:%Y-%m-%d %H:%M} UTC"


def _per(rate: Rate) -> str:
    if rate.per == MTOK:
        return f"1M {label_of(rate.unit)}"
    return f"{rate.per:,} {label_of(rate.unit)}" if rate.per > 1 else label_of(rate.unit, 1)


def _singular(label: str) -> str:
    """The first word that is a plural counts the others: `tokens written to a cache`."""
    words = label.split()
    for place, word in enumerate(words):
        if word.endswith("s"):
            words[place] = word.removesuffix("es") if word.endswith("ches") else word.removesuffix("s")
            break
    return " ".join(words)
