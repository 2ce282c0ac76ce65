"""Price sheets, cards and usages for property tests: every unit, every condition, and no two rates that could both win."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet, unclear_pairs
from igny8_core.business.billing.rate_cards import ANY, Rate, RateCard, compile_card
from igny8_core.business.billing.usage import NAMES, Usage

TIERS = ("", "flex", "priority")
SIZES = ("", "256x256", "1024x1024")
QUALITIES = ("", "hd")
THRESHOLDS = (1, 1000, 200_000)
PER = (1, 1_000, 1_000_000, 1_000_000_000)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MOMENTS = tuple(NOON + timedelta(hours=hours) for hours in range(4))

COUNTS = st.one_of(st.just(0), st.integers(0, 2000), st.integers(0, 5 * 10**11))
BASE_PRICES = st.none() | st.decimals(0, 999_999, places=8)


@st.composite
def amounts(draw: st.DrawFn) -> tuple[Decimal, int]:
    """(amount, per) as the table takes them."""
    per = draw(st.sampled_from(PER))
    return draw(st.decimals(0, 999_999, places=9 if per == 10**9 else 12)), per


@st.composite
def rates(draw: st.DrawFn, units: tuple[str, ...] = NAMES) -> Rate:
    unit = draw(st.sampled_from(units))
    amount, per = draw(amounts())
    size = quality = ""
    if unit == "images":
        size = draw(st.sampled_from(SIZES))
        quality = draw(st.sampled_from((*QUALITIES, ANY)))
    return Rate(
        unit,
        amount,
        per,
        service_tier=draw(st.sampled_from((*TIERS, ANY))),
        is_batch=draw(st.sampled_from((False, True, None))),
        above_input_tokens=draw(st.sampled_from((0, *THRESHOLDS))),
        image_size=size,
        image_quality=quality,
        is_estimate=draw(st.booleans()),
    )


@st.composite
def dated_rates(draw: st.DrawFn, units: tuple[str, ...] = NAMES) -> DatedRate:
    start, end = draw(
        st.sampled_from(
            [
                (start, end)
                for start in (None, *MOMENTS)
                for end in (None, *MOMENTS)
                if start is None or end is None or start < end
            ]
        )
    )
    return DatedRate(draw(rates(units)), start, end)


@st.composite
def sheets(draw: st.DrawFn, units: tuple[str, ...] = NAMES, most: int = 6) -> PriceSheet:
    """Any rates at all, clear or not."""
    return sheet(
        draw(st.lists(dated_rates(units), max_size=most)),
        input_cost_per_1m=draw(BASE_PRICES),
        output_cost_per_1m=draw(BASE_PRICES),
        cost_per_image=draw(BASE_PRICES),
    )


@st.composite
def clear_sheets(draw: st.DrawFn, units: tuple[str, ...] = NAMES) -> PriceSheet:
    """As the database would take it. Rates that decide between others are added, and what is still unclear left out."""
    drawn = draw(sheets(units))
    deciding = [
        replace(dated, rate=replace(dated.rate, **specialised))
        for dated in drawn.rates
        for specialised in ({"service_tier": "flex"}, {"is_batch": True}, {"above_input_tokens": 200_000})
        if draw(st.booleans())
    ]
    found = replace(drawn, rates=())
    for dated in sorted((*drawn.rates, *deciding), key=lambda dated: dated.rate.specificity, reverse=True):
        more = replace(found, rates=(*found.rates, dated))
        if not unclear_pairs(more):
            found = more
    return found


@st.composite
def clear_cards(draw: st.DrawFn) -> RateCard:
    found = draw(clear_sheets(tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)))))
    return found.card_at(draw(st.sampled_from(MOMENTS)))


@st.composite
def full_cards(draw: st.DrawFn) -> RateCard:
    """A clear card that prices every unit in every circumstance: no usage is unpriced."""
    card = draw(clear_cards())
    general = [
        Rate(
            unit,
            *draw(amounts()),
            service_tier=ANY,
            is_batch=None,
            image_quality=ANY if unit == "images" else "",
        )
        for unit in NAMES
    ]
    rates: tuple[Rate, ...] = card.rates
    for rate in general:
        of_others = tuple(other for other in rates if other.unit != rate.unit)
        of_this = tuple(
            other for other in rates if other.unit == rate.unit and other.conditions != rate.conditions
        )
        rates = (*of_others, *of_this, rate)
    return compile_card(model=card.model, provider=card.provider, source=card.source, rates=rates)


@st.composite
def usages(draw: st.DrawFn, units: tuple[str, ...] = NAMES) -> Usage:
    counts = draw(st.dictionaries(st.sampled_from(units), COUNTS, max_size=6))
    return Usage(**counts, **draw(circumstances()))


@st.composite
def circumstances(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "service_tier": draw(st.sampled_from((*TIERS, "unheard-of"))),
        "is_batch": draw(st.booleans()),
        "image_size": draw(st.sampled_from((*SIZES, "1x1"))),
        "image_quality": draw(st.sampled_from((*QUALITIES, "low"))),
    }


def sheet(rates: list[DatedRate] | tuple[DatedRate, ...] = (), **base: Any) -> PriceSheet:
    return PriceSheet(model="m", provider="p", source="database", **base, rates=tuple(rates))


def counts_of(usage: Usage) -> dict[str, int]:
    return dict(usage.used)
