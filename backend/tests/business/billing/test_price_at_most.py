"""A hold is never below the cost: price_at_most() is not below the price of any usage within the bound."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from igny8_core.business.billing.price_sheet import DatedRate
from igny8_core.business.billing.pricing import as_billed, price, price_at_most
from igny8_core.business.billing.rate_cards import ANY, Rate, RateCard
from igny8_core.business.billing.usage import MTOK, UNITS, Usage
from igny8_core.business.errors import UnpricedUsage
from tests.business.billing.sheets import NOON, TIERS, clear_cards, full_cards, sheet, usages

INPUTS = [unit.name for unit in UNITS.values() if unit.side == "input"]
# What a unit of a bound may turn out to be, in words of the providers' own documentation.
MAY_TURN_OUT_AS = {
    "input_tokens": [
        "input_tokens",
        "cached_input_tokens",
        "cache_write_5m_tokens",
        "cache_write_30m_tokens",
        "cache_write_1h_tokens",
    ],
    "audio_input_tokens": ["audio_input_tokens", "cached_audio_input_tokens"],
    "image_input_tokens": INPUTS,
    "output_tokens": ["output_tokens", "reasoning_tokens"],
}


def usage_within(bound: Usage, tier: str, data: st.DataObject) -> Usage:
    """Any usage that uses up at most the bound, each unit of it as whatever it may turn out to be."""
    counts: dict[str, int] = {}
    for unit, most in bound.used:
        left = data.draw(st.integers(0, most) | st.just(most))
        kinds = data.draw(st.permutations(MAY_TURN_OUT_AS.get(unit, [unit])))
        for kind in kinds[:-1]:
            taken = data.draw(st.integers(0, left) | st.just(left))
            counts[kind] = counts.get(kind, 0) + taken
            left -= taken
        counts[kinds[-1]] = counts.get(kinds[-1], 0) + left
    return Usage(
        **counts,
        service_tier=tier,
        is_batch=bound.is_batch,
        image_size=bound.image_size,
        image_quality=bound.image_quality,
    )


def bounds() -> st.SearchStrategy[Usage]:
    return usages().map(
        lambda usage: replace(usage, service_tier=usage.service_tier.replace("unheard-of", ""))
    )


@given(full_cards() | clear_cards(), bounds(), st.sampled_from(TIERS), st.booleans(), st.data())
def test_no_usage_within_a_bound_costs_more_than_the_bound(
    card: RateCard, bound: Usage, tier: str, is_any: bool, data: st.DataObject
) -> None:
    tiers = (ANY,) if is_any else (tier, bound.service_tier)
    usage = usage_within(bound, data.draw(st.sampled_from((tier, bound.service_tier))), data)
    try:
        most = price_at_most(card, bound, tiers=tiers)
        cost = price(card, usage).total_usd
    except UnpricedUsage:
        assume(False)
    assert cost <= most


@given(clear_cards(), bounds())
def test_a_bound_that_can_be_priced_as_it_stands_is_never_refused(card: RateCard, bound: Usage) -> None:
    try:
        cost = price(card, bound).total_usd
    except UnpricedUsage:
        assume(False)
    assert price_at_most(card, bound, tiers=(bound.service_tier,)) >= cost


@given(full_cards(), bounds(), st.data())
def test_a_larger_bound_is_never_held_at_less(card: RateCard, bound: Usage, data: st.DataObject) -> None:
    smaller = replace(bound, **{unit: data.draw(st.integers(0, count)) for unit, count in bound.used})
    assert price_at_most(card, smaller) <= price_at_most(card, bound)


def dollars(amount: str, unit: str = "input_tokens", **conditions: Any) -> DatedRate:
    return DatedRate(Rate(unit, Decimal(amount), MTOK, **conditions))


LONG = sheet(
    [
        dollars("0.1", "cached_input_tokens"),
        dollars("1.25", "cache_write_5m_tokens"),
        dollars("2", above_input_tokens=200_000),
        dollars("20", "output_tokens", above_input_tokens=200_000),
        dollars("0.5", service_tier="flex"),
        dollars("5", "output_tokens", service_tier="flex"),
        dollars("4", service_tier="priority"),
        dollars("40", "output_tokens", service_tier="priority"),
    ],
    input_cost_per_1m=Decimal(1),
    output_cost_per_1m=Decimal(10),
).card_at(NOON)


@pytest.mark.parametrize(
    ("tokens", "tiers", "most"),
    [
        # A token may be written to a cache: $1.25. Above the threshold it costs $2, and the answer $20.
        (200_000, ("",), "0.25001"),
        (200_001, ("",), "0.400022"),
        (100, ("flex", ""), "0.000135"),
        (100, ("priority",), "0.00044"),
        (100, (ANY,), "0.00044"),
    ],
)
def test_each_token_is_held_at_the_dearest_rate_that_it_may_meet(
    tokens: int, tiers: tuple[str, ...], most: str
) -> None:
    bound = Usage(input_tokens=tokens, output_tokens=1)
    assert price_at_most(LONG, bound, tiers=tiers) == Decimal(most)


def test_the_size_and_the_quality_that_were_asked_for_are_held_at_their_own_rate() -> None:
    """Nobody else's price is held for them, though it would apply to other sizes."""
    card = sheet(
        [DatedRate(Rate("images", Decimal("0.016"), 1, image_size="256x256"))], cost_per_image=Decimal("0.02")
    ).card_at(NOON)
    assert price_at_most(card, Usage(images=3, image_size="256x256")) == Decimal("0.048")
    assert price_at_most(card, Usage(images=3, image_size="1024x1024")) == Decimal("0.06")


def test_reasoning_is_held_at_the_rate_that_it_is_billed_at() -> None:
    card = sheet(output_cost_per_1m=Decimal(10)).card_at(NOON)
    assert price_at_most(card, Usage(reasoning_tokens=MTOK)) == 10
    assert price_at_most(card, Usage(output_tokens=MTOK)) == 10


def test_what_has_no_rate_cannot_be_held() -> None:
    with pytest.raises(UnpricedUsage) as caught:
        price_at_most(LONG, Usage(input_tokens=1, web_searches=2))
    assert (caught.value.details["unit"], caught.value.details["quantity"]) == ("web_searches", 2)


def test_a_request_is_counted_where_each_is_billed_and_held_with_the_rest() -> None:
    card = sheet([DatedRate(Rate("requests", Decimal("0.005"), 1))], input_cost_per_1m=Decimal(1)).card_at(
        NOON
    )
    usage = as_billed(card, Usage(input_tokens=10))
    assert usage == Usage(input_tokens=10, requests=1)
    assert price_at_most(card, usage) == price(card, usage).total_usd == Decimal("0.00501")


def test_of_two_ways_to_report_one_call_the_first_that_has_every_rate_is_billed() -> None:
    tokens, images = Usage(image_output_tokens=1000), Usage(images=1, image_size="1024x1024")
    by_image = sheet(cost_per_image=Decimal("0.04")).card_at(NOON)
    by_token = sheet([dollars("40", "image_output_tokens")], cost_per_image=Decimal("0.04")).card_at(NOON)
    assert as_billed(by_image, tokens, images) == images
    assert as_billed(by_token, tokens, images) == tokens
    nothing = sheet().card_at(NOON)
    assert as_billed(nothing, tokens, images) == tokens
