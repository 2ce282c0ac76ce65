"""price(card, usage) is exact: a line per unit, and the lines add up to the total to the last digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8_core.business.billing.pricing import as_billed, price
from igny8_core.business.billing.rate_cards import Rate, RateCard, compile_card
from igny8_core.business.billing.usage import Usage
from igny8_core.business.errors import UnpricedUsage

COUNTS = st.integers(min_value=0, max_value=5 * 10**11)
PRICES = st.decimals(min_value=0, max_value=10**6, places=8)


def card(input_cost: str | Decimal = "0.15", output_cost: str | Decimal = "0.60") -> RateCard:
    return compile_card(
        model="m",
        provider="p",
        source="database",
        input_cost_per_1m=Decimal(input_cost),
        output_cost_per_1m=Decimal(output_cost),
    )


def test_a_thousand_in_and_five_hundred_out_cost_as_the_document_says() -> None:
    assert price(card(), Usage(input_tokens=1000, output_tokens=500)).total_usd == Decimal("0.000450")


def test_one_token_of_the_cheapest_price_is_not_rounded_away() -> None:
    assert price(card("0.00000001"), Usage(input_tokens=1)).total_usd == Decimal("1e-14")


def test_each_used_unit_has_a_line_with_its_quantity_rate_and_amount() -> None:
    cost = price(card(), Usage(input_tokens=4808, output_tokens=10))

    assert [(line.unit, line.quantity, line.rate.amount, line.amount_usd) for line in cost.lines] == [
        ("input_tokens", 4808, Decimal("0.15"), Decimal("0.0007212")),
        ("output_tokens", 10, Decimal("0.60"), Decimal("0.000006")),
    ]


def test_a_used_unit_without_a_rate_is_not_free() -> None:
    with pytest.raises(UnpricedUsage) as caught:
        price(card(), Usage(input_tokens=10, images=1))
    assert caught.value.details == {"model": "m", "unit": "images", "quantity": 1}


def test_a_rate_of_zero_is_free() -> None:
    assert price(card("0", "0"), Usage(input_tokens=10)).total_usd == 0


@given(COUNTS, COUNTS, PRICES, PRICES)
def test_the_lines_add_up_to_the_total_exactly(
    tokens_in: int, tokens_out: int, input_cost: Decimal, output_cost: Decimal
) -> None:
    cost = price(card(input_cost, output_cost), Usage(input_tokens=tokens_in, output_tokens=tokens_out))

    assert sum((line.amount_usd for line in cost.lines), Decimal(0)) == cost.total_usd
    # In whole units of 1e-14 USD the same sum has no decimals to lose.
    scaled = tokens_in * int(input_cost.scaleb(8)) + tokens_out * int(output_cost.scaleb(8))
    assert int(cost.total_usd.scaleb(14)) == scaled


@given(COUNTS, COUNTS, PRICES)
def test_splitting_a_usage_in_two_changes_nothing(first: int, second: int, cost: Decimal) -> None:
    together = price(card(cost), Usage(input_tokens=first + second)).total_usd
    apart = (price(card(cost), Usage(input_tokens=tokens)).total_usd for tokens in (first, second))
    assert together == sum(apart, Decimal(0))


def test_a_request_is_counted_only_where_such_a_call_is_billed_for_it() -> None:
    priority = RateCard("m", "p", "database", (Rate("requests", Decimal(1), 1, service_tier="priority"),))

    assert as_billed(priority, Usage(input_tokens=1, service_tier="priority")).requests == 1
    assert as_billed(priority, Usage(input_tokens=1)).requests == 0


def test_a_way_of_reporting_that_counts_nothing_is_never_the_price_of_a_call() -> None:
    assert as_billed(card(), Usage(), Usage(input_tokens=1)) == Usage(input_tokens=1)
