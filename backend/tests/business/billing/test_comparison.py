"""compare(candidates, workload): what the same calls cost with each model, or the sentence of why that is not known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from igny8_core.business.billing.comparison import Candidate, Compared, Workload, compare, standard_prices
from igny8_core.business.billing.pricing import Confidence
from igny8_core.business.billing.rate_cards import Rate, RateCard, compile_card
from igny8_core.business.errors import InvalidRequest

MTOK = 1_000_000


def card(name: str = "mini", *rates: Rate, **base: str) -> RateCard:
    prices: Any = {
        field: Decimal(price)
        for field, price in (base or {"input_cost_per_1m": "0.15", "output_cost_per_1m": "0.60"}).items()
    }
    return compile_card(model=name, provider="openai", source="database", rates=rates, **prices)


CACHED = Rate("cached_input_tokens", Decimal("0.075"), MTOK)


def compared(workload: Workload, *rates: Rate, **about: Any) -> Compared:
    (one,) = compare([Candidate("mini", card("mini", *rates), **about)], workload)
    return one


def test_a_call_and_a_month_are_exact_and_the_lines_add_up() -> None:
    one = compared(Workload(input_tokens=1001, output_tokens=333, calls_a_month=12_345))
    assert one.cost is not None
    assert [(line.unit, line.quantity, line.amount_usd) for line in one.cost.lines] == [
        ("input_tokens", 1001, Decimal("0.00015015")),
        ("output_tokens", 333, Decimal("0.0001998")),
    ]
    assert one.cost.total_usd == Decimal("0.00034995")
    assert one.month_usd == Decimal("4.32013275")
    assert (one.unpriced, one.misfits, one.cached_as_input) == ("", (), False)


def test_models_come_in_the_order_given() -> None:
    free = card("free", input_cost_per_1m="0", output_cost_per_1m="0")
    both = compare([Candidate("free", free), Candidate("mini", card())], Workload(input_tokens=1_000_000))
    assert [(one.candidate.name, one.month_usd) for one in both] == [
        ("free", Decimal(0)),
        ("mini", Decimal("0.15")),
    ]


def test_cached_tokens_are_counted_once_at_their_own_rate() -> None:
    one = compared(Workload(input_tokens=1000, cached_share_percent=60), CACHED)
    assert one.cost is not None
    assert [(line.unit, line.quantity) for line in one.cost.lines] == [
        ("input_tokens", 400),
        ("cached_input_tokens", 600),
    ]
    assert one.cost.total_usd == Decimal("0.000105")
    assert one.cached_as_input is False


def test_without_a_rate_for_cached_tokens_they_are_plain_input_and_it_says_so() -> None:
    one = compared(Workload(input_tokens=1000, cached_share_percent=60))
    assert one.cost is not None
    assert (one.cost.total_usd, one.cached_as_input) == (Decimal("0.00015"), True)
    assert one.usage.to_json() == {"input_tokens": 1000}


@pytest.mark.parametrize(
    ("tokens", "percent", "cached"),
    [
        (1000, 0, 0),
        (1000, 100, 1000),
        (3, 50, 1),
        (1, 99, 0),
        (101, Decimal("0.5"), 0),
        (1000, Decimal("33.3333"), 333),
        (10**12, Decimal("99.9999"), 999_999_000_000),
    ],
)
def test_the_cached_share_is_rounded_down_to_whole_tokens_and_the_two_add_up(
    tokens: int, percent: Decimal | int, cached: int
) -> None:
    workload = Workload(input_tokens=tokens, cached_share_percent=percent)
    assert workload.cached_tokens == workload.usage.cached_input_tokens == cached
    assert workload.usage.input_tokens == tokens - cached
    assert workload.usage.all_input_tokens == tokens


def test_a_long_prompt_is_judged_by_all_its_tokens_cached_or_not() -> None:
    above = Rate("input_tokens", Decimal("0.30"), MTOK, above_input_tokens=200_000)
    below, over = (
        compared(Workload(input_tokens=tokens, cached_share_percent=50), CACHED, above).cost
        for tokens in (200_000, 200_002)
    )
    assert below is not None
    assert over is not None
    assert below.lines[0].rate.amount == Decimal("0.15")
    assert over.lines[0].rate.amount == Decimal("0.30")


def test_what_has_no_rate_has_a_reason_and_no_price() -> None:
    painter = Candidate("painter", card("painter", cost_per_image="0.04"))
    workload = Workload(input_tokens=10, cached_share_percent=50, images=2)
    one, other = compare([painter, Candidate("mini", card())], workload)
    assert (one.cost, one.month_usd, one.unpriced) == (None, None, "painter has no rate for 10 input_tokens")
    assert (other.cost, other.month_usd, other.unpriced) == (None, None, "mini has no rate for 2 images")


def test_a_size_has_its_own_price() -> None:
    large = Rate("images", Decimal("0.08"), 1, image_size="1024x1792")
    painter = Candidate(
        "painter", card("painter", large, cost_per_image="0.04"), valid_sizes=("1024x1024", "1024x1792")
    )
    for size, usd in (("1024x1024", "0.12"), ("1024x1792", "0.24")):
        (one,) = compare([painter], Workload(images=3, image_size=size))
        assert one.cost is not None
        assert (one.cost.total_usd, one.misfits) == (Decimal(usd), ())


def test_each_call_is_counted_where_it_is_billed() -> None:
    one = compared(Workload(input_tokens=1000), Rate("requests", Decimal("0.01"), 1))
    assert one.cost is not None
    assert one.cost.total_usd == Decimal("0.01015")


def test_an_estimate_is_marked() -> None:
    one = compared(Workload(input_tokens=1000, images=1), Rate("images", Decimal("0.5"), 1, is_estimate=True))
    assert one.cost is not None
    assert one.cost.confidence is Confidence.ESTIMATED


def test_standard_prices_are_one_rate_a_unit_and_only_those_of_its_own() -> None:
    flex = Rate("input_tokens", Decimal("0.07"), MTOK, service_tier="flex")
    assert [(rate.unit, rate.amount) for rate in standard_prices(card("mini", flex, CACHED))] == [
        ("input_tokens", Decimal("0.15")),
        ("cached_input_tokens", Decimal("0.075")),
        ("output_tokens", Decimal("0.60")),
    ]


def test_a_call_that_the_model_cannot_take_is_priced_and_says_so() -> None:
    one = compared(Workload(input_tokens=1001, output_tokens=101), context_window=1000, max_output_tokens=100)
    assert one.cost is not None
    assert one.misfits == (
        "1,001 input tokens are more than its context window of 1,000",
        "101 output tokens are more than the 100 that it gives at most",
    )
    fits = compared(
        Workload(input_tokens=1000, output_tokens=100), context_window=1000, max_output_tokens=100
    )
    assert fits.misfits == ()
    images = compared(Workload(images=1, image_size="9x9"), valid_sizes=("1x1", "2x2"))
    assert images.misfits == ("it makes no images of 9x9; sizes: 1x1, 2x2",)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "the workload is empty; give at least one of input_tokens, output_tokens and images"),
        ({"input_tokens": -1}, "input_tokens is -1; it must be a whole number from 0 to 1000000000000"),
        ({"input_tokens": 1.5}, "input_tokens is 1.5; it must be a whole number from 0 to 1000000000000"),
        (
            {"images": 1, "calls_a_month": 0},
            "calls_a_month is 0; it must be a whole number from 1 to 1000000000000",
        ),
        (
            {"images": 1, "calls_a_month": True},
            "calls_a_month is True; it must be a whole number from 1 to 1000000000000",
        ),
        *(
            (
                {"images": 1, "cached_share_percent": share},
                f"cached_share_percent is {share!r}; it must be a number from 0 to 100 with at most 4 decimals",
            )
            for share in (-1, 101, 0.5, True, None, Decimal("NaN"), Decimal("100.0001"), Decimal("0.00001"))
        ),
    ],
)
def test_a_workload_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Workload(**fields)
    assert refused.value.message == message
