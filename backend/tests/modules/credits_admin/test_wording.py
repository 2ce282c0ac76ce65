"""Amounts, usage and prices as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from igny8_core.business.billing.rate_cards import Rate, compile_card
from igny8_core.business.credits import money
from igny8_core.modules.admin_list import cells
from igny8_core.modules.credits.admin import wording


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ({"input_tokens": 1000, "output_tokens": 500}, "1,000 input · 500 output tokens"),
        ({"output_tokens": 500, "input_tokens": 1000}, "1,000 input · 500 output tokens"),
        ({"output_tokens": 500}, "500 output tokens"),
        ({"images": 1}, "1 image"),
        ({"images": 12}, "12 images"),
        ({"input_tokens": 7, "images": 2}, "7 input tokens · 2 images"),
        (
            {"output_tokens": 5, "cached_input_tokens": 600, "input_tokens": 400, "reasoning_tokens": 70},
            "400 input · 600 cached input · 5 output · 70 reasoning tokens",
        ),
        ({"input_tokens": 9, "cache_write_5m_tokens": 8}, "9 input · 8 cache write 5m tokens"),
        ({"web_searches": 1, "code_sessions": 2}, "1 web search · 2 code interpreter sessions"),
        ({"reported_nanousd": 12_300_000}, "$0.0123 reported"),
        ({"input_tokens": 9, "service_tier": "flex", "is_batch": True}, "9 input tokens · flex tier · batch"),
        (
            {"images": 1, "image_size": "1024x1792", "image_quality": "hd"},
            "1 image · 1024x1792 · hd quality",
        ),
        ({"thoughts": 3}, "3 thoughts"),
        ({}, "–"),
    ],
)
def test_usage_is_words(units: dict[str, int], words: str) -> None:
    assert wording.usage(units) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Rate("input_tokens", Decimal("0.15"), 1_000_000), "$0.15 per 1M input tokens"),
        (Rate("output_tokens", Decimal(10), 1_000_000), "$10.00 per 1M output tokens"),
        (Rate("images", Decimal("0.04"), 1), "$0.04 per image"),
        (Rate("images", Decimal("0.011"), 100), "$0.011 per 100 images"),
        (Rate("web_searches", Decimal(10), 1000), "$10.00 per 1,000 web searches"),
        (
            Rate("cached_input_tokens", Decimal("0.075"), 1_000_000, "flex", None, 200_000),
            "$0.075 per 1M cached input tokens (flex tier, batch or not, above 200,000 input tokens)",
        ),
        (
            Rate("images", Decimal("0.08"), 1, image_size="1024x1792", image_quality="hd", is_estimate=True),
            "$0.08 per image (1024x1792, hd quality, an estimate)",
        ),
    ],
)
def test_a_rate_is_words(rate: Rate, words: str) -> None:
    assert wording.rate(rate) == words


def test_a_card_is_its_rates() -> None:
    card = compile_card(
        model="m",
        provider="p",
        source="database",
        input_cost_per_1m=Decimal("0.15"),
        output_cost_per_1m=Decimal("0.6"),
    )
    assert wording.rates(card) == "$0.15 per 1M input tokens · $0.60 per 1M output tokens"
    assert wording.rates(compile_card(model="m", provider="p", source="database")) == "no prices"


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0.000000", "0"),
        ("1234567.500000", "1,234,567.5"),
        ("-0.000001", "-0.000001"),
        ("1000", "1,000"),
        ("1E+3", "1,000"),
    ],
)
def test_credits_have_no_trailing_zeros(amount: str, written: str) -> None:
    assert money.format_credits(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0.000450000000000000", "0.00045"),
        ("0E-18", "0.00"),
        ("12", "12.00"),
        ("1.5E-7", "0.00000015"),
    ],
)
def test_costs_have_at_least_their_cents(amount: str, written: str) -> None:
    assert cells.usd(Decimal(amount)) == written


def test_times_are_utc_to_the_second() -> None:
    moment = datetime(2026, 1, 2, 1, 4, 5, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert cells.moment(moment) == "2026-01-01 23:04:05"
    assert cells.moment(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.04, "0.0 s"), (3.25, "3.2 s"), (119, "119.0 s"), (600, "10 min"), (7500, "2 h 5 min")],
)
def test_a_duration_is_in_the_unit_that_suits_it(seconds: float, written: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert cells.duration(start, start + timedelta(seconds=seconds)) == written
    assert cells.duration(start, None) == "–"
