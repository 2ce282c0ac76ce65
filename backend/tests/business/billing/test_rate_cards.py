"""A rate card is named by the hash of its content, whatever it was compiled from."""

from decimal import Decimal

from igny8_core.business.billing.rate_cards import Rate, RateCard, compile_card


def compiled(cost: str = "0.15", source: str = "database") -> RateCard:
    return compile_card(
        model="gpt-4o-mini",
        provider="openai",
        source=source,
        input_cost_per_1m=Decimal(cost),
        output_cost_per_1m=Decimal("0.60"),
    )


def test_the_same_price_written_with_other_zeros_is_the_same_card() -> None:
    assert compiled("0.15").id == compiled("0.15000000").id


def test_another_price_is_another_card() -> None:
    assert compiled("0.15").id != compiled("0.16").id


def test_the_constants_are_another_card_than_the_database() -> None:
    assert compiled().id != compiled(source="constants").id


def test_the_order_of_the_rates_does_not_matter() -> None:
    rates = (Rate("input_tokens", Decimal(1), 1000), Rate("output_tokens", Decimal(2), 1000))
    assert RateCard("m", "p", "database", rates).id == RateCard("m", "p", "database", rates[::-1]).id


def test_a_stored_body_gives_the_card_back() -> None:
    card = compiled()
    assert RateCard.from_content(card.content).id == card.id


def test_a_price_that_is_not_known_gives_no_rate() -> None:
    card = compile_card(model="m", provider="p", source="database", cost_per_image=Decimal("0.04"))
    assert [(rate.unit, rate.amount, rate.per) for rate in card.rates] == [("images", Decimal("0.04"), 1)]


def test_the_body_holds_no_scientific_notation() -> None:
    assert '"amount":"0.0000002"' in compiled("2e-7").body
