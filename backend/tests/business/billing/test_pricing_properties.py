"""What is true of every card and every usage: exact sums, no reward for using more, cliffs only where they are stated."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from igny8_core.business.billing.price_sheet import PriceSheet
from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.rate_cards import ANY, Rate, RateCard, compile_card
from igny8_core.business.billing.usage import NAMES, Usage
from igny8_core.business.errors import UnpricedUsage
from tests.business.billing.sheets import COUNTS, clear_cards, clear_sheets, counts_of, full_cards, usages


@given(full_cards(), usages())
def test_the_lines_add_up_to_the_total_and_each_is_its_quantity_times_its_rate(
    card: RateCard, usage: Usage
) -> None:
    cost = price(card, usage)

    assert {line.unit: line.quantity for line in cost.lines} == counts_of(usage)
    for line in cost.lines:
        assert Fraction(line.amount_usd) == Fraction(line.rate.amount) * line.quantity / line.rate.per
    assert Fraction(cost.total_usd) == exact_sum(line.amount_usd for line in cost.lines)
    # A charge keeps eighteen decimals; what the table takes has no more.
    assert (Fraction(cost.total_usd) * 10**18).denominator == 1


@given(full_cards(), usages())
def test_a_cost_is_an_estimate_exactly_where_a_line_of_it_is(card: RateCard, usage: Usage) -> None:
    cost = price(card, usage)
    assert cost.confidence == ("estimated" if any(line.rate.is_estimate for line in cost.lines) else "exact")


@given(full_cards(), usages(), st.sampled_from(NAMES), COUNTS)
def test_using_more_of_a_unit_never_costs_less(card: RateCard, usage: Usage, unit: str, more: int) -> None:
    """On cards whose long-context rates are not below what they take the place of. Where a provider bills a long prompt
    at less, the cliff goes down, and that is not the engine's to change."""
    card = without_cliffs_that_go_down(card)
    larger = replace(usage, **{unit: getattr(usage, unit) + more})
    assert price(card, larger).total_usd >= price(card, usage).total_usd


def without_cliffs_that_go_down(card: RateCard) -> RateCard:
    raised: list[Rate] = []
    for rate in sorted(card.rates, key=lambda rate: rate.above_input_tokens):
        # Reasoning that has a rate of its own only above a threshold is billed as output below it.
        units = (rate.unit, "output_tokens") if rate.unit == "reasoning_tokens" else (rate.unit,)
        before = [
            other
            for other in raised
            if other.unit in units and other.above_input_tokens < rate.above_input_tokens
        ]
        dearest = max([*before, rate], key=lambda each: each.usd_each)
        raised.append(replace(rate, amount=dearest.amount, per=dearest.per))
    return replace(card, rates=tuple(raised))


@given(full_cards(), usages(), st.data())
def test_splitting_a_usage_in_two_changes_the_cost_only_where_a_threshold_lies_between(
    card: RateCard, whole: Usage, data: st.DataObject
) -> None:
    counts = {unit: data.draw(st.integers(0, count)) for unit, count in whole.used}
    one = replace(whole, **counts)
    other = replace(whole, **{unit: count - counts[unit] for unit, count in whole.used})

    together = price(card, whole)
    apart = (price(card, one), price(card, other))
    smaller = min(one.all_input_tokens, other.all_input_tokens)
    cliffs = {
        rate.unit
        for rate in card.rates
        if rate.above_input_tokens and smaller <= rate.above_input_tokens < whole.all_input_tokens
    }
    if "output_tokens" in cliffs:
        cliffs.add("reasoning_tokens")
    for line in together.lines:
        parts = exact_sum(part.amount_usd for cost in apart for part in cost.lines if part.unit == line.unit)
        assert parts == Fraction(line.amount_usd) or line.unit in cliffs
    if not cliffs:
        assert exact_sum(cost.total_usd for cost in apart) == Fraction(together.total_usd)


def exact_sum(amounts: Iterable[Decimal]) -> Fraction:
    """No context of Decimal is trusted here: the usual one keeps 28 digits."""
    return sum(map(Fraction, amounts), Fraction(0))


@given(clear_cards(), usages())
def test_a_stored_card_prices_as_the_card_that_was_stored(card: RateCard, usage: Usage) -> None:
    stored = RateCard.from_content(json.loads(card.body))
    assert (stored.id, stored.content) == (card.id, card.content)
    assert outcome(stored, usage) == outcome(card, usage)


@given(clear_cards(), usages(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_neither_the_card_nor_a_price(
    card: RateCard, usage: Usage, random: Random
) -> None:
    shuffled = replace(card, rates=tuple(random.sample(card.rates, len(card.rates))))
    assert (shuffled.id, shuffled.body) == (card.id, card.body)
    assert outcome(shuffled, usage) == outcome(card, usage)


@given(clear_sheets(), st.randoms(use_true_random=False))
def test_a_sheet_compiles_to_the_same_cards_whatever_the_order_of_its_rows(
    sheet: PriceSheet, random: Random
) -> None:
    shuffled = replace(sheet, rates=tuple(random.sample(sheet.rates, len(sheet.rates))))
    assert [(period.card.id, period.valid_from, period.valid_to) for period in shuffled.periods()] == [
        (period.card.id, period.valid_from, period.valid_to) for period in sheet.periods()
    ]


@given(clear_cards(), usages())
def test_what_was_priced_before_does_not_decide_what_is_priced_now(card: RateCard, usage: Usage) -> None:
    """A card remembers its choices: the same card without a memory chooses the same."""
    for tokens in (0, 1, 2, 1000, 1001, 200_000, 200_001):
        outcome(card, replace(usage, input_tokens=tokens))
    assert outcome(card, usage) == outcome(replace(card), usage)


@given(clear_cards(), usages())
def test_a_usage_is_priced_whole_or_not_at_all(card: RateCard, usage: Usage) -> None:
    rates = card.rates_for(usage)
    missing = [unit for unit, _ in usage.used if unit not in rates]
    assume(missing)
    kind, details = outcome(card, usage)
    assert (kind, details["unit"]) == ("unpriced", missing[0])  # type: ignore[index]


def test_a_card_forgets_rather_than_grow_with_every_tier_that_somebody_names() -> None:
    card = compile_card(
        model="m",
        provider="p",
        source="database",
        rates=[Rate("requests", Decimal(1), 1, service_tier=ANY)],
    )
    for number in range(1000):
        assert price(card, Usage(requests=1, service_tier=f"tier-{number}")).total_usd == 1
    assert len(card._chosen) <= 256


def outcome(card: RateCard, usage: Usage) -> tuple[str, object]:
    """The total with every line, or what is refused."""
    try:
        cost = price(card, usage)
    except UnpricedUsage as error:
        return "unpriced", error.details
    return "priced", (cost.total_usd, cost.lines, cost.confidence)
