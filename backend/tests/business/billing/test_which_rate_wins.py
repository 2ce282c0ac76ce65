"""The most specific rate that applies wins, and where no two rates are unclear there is exactly one: at, just below and
just above every threshold and every moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet
from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.rate_cards import ANY, Rate, RateCard, base_rates
from igny8_core.business.billing.usage import MTOK, Usage
from tests.business.billing.sheets import MOMENTS, NOON, clear_cards, clear_sheets, sheet, usages

MICROSECOND = timedelta(microseconds=1)
NEW_YEAR = NOON.replace(month=1, day=1, hour=0)


@given(clear_cards(), usages())
def test_the_chosen_rate_is_the_one_that_is_a_special_case_of_all_that_apply(
    card: RateCard, usage: Usage
) -> None:
    chosen = card.rates_for(usage)
    for unit in {rate.unit for rate in card.rates}:
        applying = [rate for rate in card.rates if rate.unit == unit and meets(usage, rate)]
        winners = [rate for rate in applying if all(is_special_case(rate, other) for other in applying)]
        if applying:
            assert winners == [chosen[unit]]
        elif unit != "reasoning_tokens":
            assert unit not in chosen


def meets(usage: Usage, rate: Rate) -> bool:
    """The rule in words, apart from the code that it checks: what a rate does not name it does not ask for."""
    everything_in = sum(
        count for unit, count in usage.used if "input_tokens" in unit or "cache_write" in unit
    )
    asks = [
        rate.service_tier == ANY or rate.service_tier == usage.service_tier,
        rate.is_batch is None or rate.is_batch is usage.is_batch,
        rate.above_input_tokens == 0 or everything_in > rate.above_input_tokens,
        rate.image_size == "" or rate.image_size == usage.image_size,
        rate.unit != "images" or rate.image_quality == ANY or rate.image_quality == usage.image_quality,
    ]
    return all(asks)


def is_special_case(rate: Rate, other: Rate) -> bool:
    return (
        other.service_tier in (ANY, rate.service_tier)
        and other.is_batch in (None, rate.is_batch)
        and other.above_input_tokens <= rate.above_input_tokens
        and other.image_size in ("", rate.image_size)
        and other.image_quality in (ANY, rate.image_quality)
    )


@given(clear_sheets(), st.sampled_from(MOMENTS), st.sampled_from((-1, 0, 1)))
def test_a_card_holds_the_rates_of_its_moment_and_the_base_prices_that_none_of_them_replaces(
    sheet: PriceSheet, moment: datetime, microseconds: int
) -> None:
    time = moment + microseconds * MICROSECOND
    valid = [
        dated.rate
        for dated in sheet.rates
        if (dated.valid_from is None or dated.valid_from <= time)
        and (dated.valid_to is None or time < dated.valid_to)
    ]
    named = {(rate.unit, rate.conditions) for rate in valid}
    base = base_rates(sheet.input_cost_per_1m, sheet.output_cost_per_1m, sheet.cost_per_image)
    expected = [*valid, *(rate for rate in base if (rate.unit, rate.conditions) not in named)]

    period = sheet.period_at(time)
    assert sorted(map(repr, period.card.rates)) == sorted(map(repr, expected))
    assert period.valid_from is None or period.valid_from <= time
    assert period.valid_to is None or time < period.valid_to
    assert sheet.period_at(time) is period


@given(clear_sheets())
def test_the_periods_follow_one_another_without_a_gap(sheet: PriceSheet) -> None:
    periods = list(sheet.periods())
    assert periods[0].valid_from is None
    assert periods[-1].valid_to is None
    assert [period.valid_to for period in periods[:-1]] == [period.valid_from for period in periods[1:]]


def dollars(amount: int, *, unit: str = "input_tokens", **conditions: object) -> Rate:
    return Rate(unit, Decimal(amount), MTOK, **conditions)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tokens", "cost"),
    [
        (199_999, "0.199999"),
        (200_000, "0.2"),
        (200_001, "0.400002"),
        (999_999, "1.999998"),
        (1_000_000, "2"),
        (1_000_001, "3.000003"),
    ],
)
def test_at_below_and_above_each_threshold(tokens: int, cost: str) -> None:
    card = sheet(
        [
            DatedRate(dollars(2, above_input_tokens=200_000)),
            DatedRate(dollars(3, above_input_tokens=1_000_000)),
        ],
        input_cost_per_1m=Decimal(1),
    ).card_at(NOON)
    assert price(card, Usage(input_tokens=tokens)).total_usd == Decimal(cost)


def test_every_kind_of_input_counts_towards_a_threshold_and_the_whole_call_is_on_its_side() -> None:
    card = sheet(
        [
            DatedRate(Rate(unit, Decimal(amount), MTOK, above_input_tokens=above))
            for unit, below, beyond in (
                ("cached_input_tokens", "0.1", "0.2"),
                ("cache_write_5m_tokens", "1.25", "2.5"),
                ("output_tokens", "4", "8"),
            )
            for amount, above in ((below, 0), (beyond, 200_000))
        ]
        + [DatedRate(dollars(2, above_input_tokens=200_000))],
        input_cost_per_1m=Decimal(1),
    ).card_at(NOON)
    below = Usage(
        input_tokens=100_000, cached_input_tokens=99_000, cache_write_5m_tokens=1000, output_tokens=1_000_000
    )
    above = Usage(
        input_tokens=100_001, cached_input_tokens=99_000, cache_write_5m_tokens=1000, output_tokens=1_000_000
    )
    assert price(card, below).total_usd == Decimal("0.1") + Decimal("0.0099") + Decimal("0.00125") + 4
    assert price(card, above).total_usd == Decimal("0.200002") + Decimal("0.0198") + Decimal("0.0025") + 8


@pytest.mark.parametrize(
    ("microseconds", "amount"), [(-1, 1), (0, 2), (1, 2), (3_599_999_999, 2), (3_600_000_000, 1)]
)
def test_a_rate_begins_at_its_moment_and_is_over_at_its_end(microseconds: int, amount: int) -> None:
    found = sheet(
        [DatedRate(dollars(2), MOMENTS[0], MOMENTS[1])],
        input_cost_per_1m=Decimal(1),
    )
    card = found.card_at(MOMENTS[0] + microseconds * MICROSECOND)
    assert price(card, Usage(input_tokens=MTOK)).total_usd == amount


def test_a_price_that_changes_at_midnight_has_no_moment_without_one_and_none_with_two() -> None:
    found = sheet([DatedRate(dollars(2), None, NEW_YEAR), DatedRate(dollars(3), NEW_YEAR, None)])
    costs = [
        price(found.card_at(NEW_YEAR + number * MICROSECOND), Usage(input_tokens=MTOK)).total_usd
        for number in (-1, 0, 1)
    ]
    assert costs == [2, 3, 3]
    assert len(found.card_at(NEW_YEAR).rates) == 1


WINS = [
    # (service tier, batch, input tokens) -> the dollars of the rate that wins
    (("", False, 10), 1),
    (("flex", False, 10), 2),
    (("priority", False, 10), 3),
    (("flex", True, 10), 4),
    (("priority", True, 10), 3),
    (("", True, 10), 3),
    (("", False, 200_001), 5),
    (("flex", False, 200_001), 6),
    (("priority", False, 200_001), 3),
]


@pytest.mark.parametrize(("circumstances", "amount"), WINS)
def test_each_condition_and_several_together(circumstances: tuple[str, bool, int], amount: int) -> None:
    tier, is_batch, tokens = circumstances
    card = sheet(
        [
            DatedRate(dollars(2, service_tier="flex")),
            DatedRate(dollars(3, service_tier=ANY, is_batch=None)),
            DatedRate(dollars(4, service_tier="flex", is_batch=True)),
            DatedRate(dollars(5, above_input_tokens=200_000)),
            DatedRate(dollars(6, service_tier="flex", above_input_tokens=200_000)),
        ],
        input_cost_per_1m=Decimal(1),
    ).card_at(NOON)
    usage = Usage(input_tokens=tokens, service_tier=tier, is_batch=is_batch)
    assert card.rates_for(usage)["input_tokens"].amount == amount


def test_a_tier_without_a_rate_of_its_own_is_not_priced_as_the_standard_one() -> None:
    card = sheet(input_cost_per_1m=Decimal(1)).card_at(NOON)
    assert "input_tokens" not in card.rates_for(Usage(input_tokens=1, service_tier="priority"))
    assert "input_tokens" not in card.rates_for(Usage(input_tokens=1, is_batch=True))


def test_reasoning_is_billed_as_output_unless_it_has_a_rate_of_its_own() -> None:
    usage = Usage(output_tokens=MTOK, reasoning_tokens=MTOK)
    plain = sheet(output_cost_per_1m=Decimal(10)).card_at(NOON)
    apart = sheet([DatedRate(dollars(3, unit="reasoning_tokens"))], output_cost_per_1m=Decimal(10))
    assert price(plain, usage).total_usd == 20
    assert price(apart.card_at(NOON), usage).total_usd == 13


def test_what_else_an_image_call_uses_costs_the_same_at_every_quality() -> None:
    card = sheet(
        [
            DatedRate(Rate("images", Decimal("0.08"), 1, image_quality="hd")),
            DatedRate(Rate("requests", Decimal("0.01"), 1)),
        ],
        cost_per_image=Decimal("0.04"),
    ).card_at(NOON)
    assert price(card, Usage(images=1, requests=1)).total_usd == Decimal("0.05")
    assert price(card, Usage(images=1, requests=1, image_quality="hd")).total_usd == Decimal("0.09")
