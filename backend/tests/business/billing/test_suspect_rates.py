"""Suspect rates: a price per token, a slipped decimal point, a price for many of what is billed singly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from igny8_core.business.billing.price_checks import PLAUSIBLE_RATES, confirmation, suspect_rate
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.usage import UNITS

MTOK = 1_000_000


def rate(unit: str, amount: str, per: int = MTOK, tier: str = "") -> Rate:
    return Rate(unit, Decimal(amount), per, tier)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (rate("cached_input_tokens", "0.001"), None),
        (
            rate("cached_input_tokens", "0.00099"),
            "it looks like a price per token, which would be $990.00 per 1M",
        ),
        (rate("audio_output_tokens", "1000"), None),
        (rate("audio_output_tokens", "1000.01"), "no model is known to cost so much"),
        (rate("audio_output_tokens", "0.0000025", 1), None),
        (rate("audio_output_tokens", "2.5", 1), "no model is known to cost so much"),
        (rate("images", "40", 1000), None),
        (rate("images", "40", 1), "it looks like a price for many images"),
        (rate("images", "0.00001", 1), "no image is known to cost so little"),
        (rate("web_searches", "10", 1000), None),
        (rate("web_searches", "10", 1), "it looks like a price for many more searches"),
        (rate("web_searches", "0.01", 1000), "no web search is known to cost so little"),
        (rate("reported_nanousd", "1", 10**9), None),
        (rate("reported_nanousd", "1", 1), "a reported dollar is one dollar"),
        (rate("seconds", "0"), None),
    ],
)
def test_a_new_rate_is_only_asked_to_be_plausible(new: Rate, reason: str | None) -> None:
    suspect = suspect_rate(old=None, new=new)
    assert (suspect and suspect.reason) == reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0.15", "1.5", "10 times as much"),
        ("0.15", "1.49", None),
        ("0.15", "0", "calls would be free"),
        ("0", "0.15", "calls were free"),
        ("0.15", "0.15", None),
    ],
)
def test_a_tenfold_change_is_suspect(old: str, new: str, reason: str | None) -> None:
    suspect = suspect_rate(old=rate("input_tokens", old), new=rate("input_tokens", new))
    assert (suspect and suspect.reason) == reason


def test_the_same_price_for_another_number_of_units_is_no_change() -> None:
    old, new = rate("input_tokens", "5000"), rate("input_tokens", "0.005", 1)
    assert suspect_rate(old=old, new=new) is None


def test_a_suspect_rate_is_named_with_its_conditions() -> None:
    old, new = rate("input_tokens", "0.15", tier="flex"), rate("input_tokens", "1.5", tier="flex")
    suspect = suspect_rate(old=old, new=new)
    assert suspect is not None
    assert suspect.message == "input tokens (flex tier): $0.15 -> $1.50 per 1M, 10 times as much"
    each = suspect_rate(old=None, new=rate("images", "40", 1))
    assert each is not None
    assert each.message == "images: $40.00 each, it looks like a price for many images"


def test_a_confirmation_holds_for_these_rates_only() -> None:
    def confirmed(unit: str, amount: str, tier: str = "") -> str:
        suspect = suspect_rate(old=None, new=rate(unit, amount, tier=tier))
        assert suspect is not None
        return confirmation([suspect])

    others = {
        confirmed("input_tokens", "2000"),
        confirmed("output_tokens", "2000"),
        confirmed("input_tokens", "2001"),
        confirmed("input_tokens", "2000", "flex"),
    }
    assert len(others) == 4
    assert confirmed("input_tokens", "2000") == confirmed("input_tokens", "2000.00")


def test_every_unit_has_a_range() -> None:
    assert PLAUSIBLE_RATES.keys() == UNITS.keys()
