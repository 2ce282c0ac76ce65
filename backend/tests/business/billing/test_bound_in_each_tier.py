"""What is held covers every tier that may answer, and nothing is held for what certainly has no price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from igny8_core.business.billing.pricing import as_billed, price, price_at_most
from igny8_core.business.billing.rate_cards import Rate, RateCard, compile_card
from igny8_core.business.billing.usage import MTOK, Usage
from igny8_core.business.errors import UnpricedUsage


def card_with(*rates: Rate) -> RateCard:
    """$1 / $2 per million tokens, and these rates."""
    return compile_card(
        model="test",
        provider="test",
        source="database",
        input_cost_per_1m=Decimal(1),
        output_cost_per_1m=Decimal(2),
        rates=rates,
    )


def test_what_it_may_be_cached_as_is_no_price_of_a_token() -> None:
    card = card_with(
        Rate("cached_input_tokens", Decimal("0.1"), MTOK, service_tier="flex"),
        Rate("output_tokens", Decimal(1), MTOK, service_tier="flex"),
    )
    bound = Usage(input_tokens=1000, output_tokens=10, service_tier="flex")
    with pytest.raises(UnpricedUsage, match="no rate for 1000 input_tokens with service_tier 'flex'"):
        price_at_most(card, bound, tiers=("flex", ""))


def test_an_image_may_be_billed_as_the_text_that_it_has_no_other_rate_than() -> None:
    assert price_at_most(card_with(), Usage(image_input_tokens=MTOK)) == 1


@pytest.mark.parametrize(("tiers", "held"), [(("",), "3"), (("flex", ""), "3.5"), (("*",), "3.75")])
def test_a_request_that_another_tier_bills_is_held_with_the_rest(tiers: tuple[str, ...], held: str) -> None:
    card = card_with(
        Rate("requests", Decimal("0.5"), 1, service_tier="flex"),
        Rate("requests", Decimal("0.75"), 1, service_tier="priority"),
    )
    bound = as_billed(card, Usage(input_tokens=MTOK, output_tokens=MTOK))
    assert bound.requests == 0
    assert price_at_most(card, bound, tiers=tiers) == Decimal(held)


def test_a_request_that_is_counted_is_held_once() -> None:
    card = card_with(Rate("requests", Decimal("0.5"), 1))
    bound = as_billed(card, Usage(input_tokens=MTOK))
    assert price_at_most(card, bound) == price(card, bound).total_usd == Decimal("1.5")
