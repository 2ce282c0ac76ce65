"""Which rate takes a base price's place, and when the base price is charged again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.rate_problems import (
    base_price_is_charged_from,
    replaced_by,
    replacing_rates,
    unclear_sentences,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def standard(amount: int, start: datetime | None = None, end: datetime | None = None) -> DatedRate:
    return DatedRate(Rate("input_tokens", Decimal(amount), 1_000_000), start, end)


def sheet(*rates: DatedRate) -> PriceSheet:
    return PriceSheet("m", "p", "database", input_cost_per_1m=Decimal(1), rates=rates)


@pytest.mark.parametrize(
    ("rates", "charged_from"),
    [
        ((), NOW),
        ((standard(2),), None),
        ((standard(2, None, NOW),), NOW),
        ((standard(2, None, NOW + DAY),), NOW + DAY),
        ((standard(2, NOW + DAY),), NOW),
        ((standard(2, None, NOW + DAY), standard(3, NOW + DAY)), None),
        ((standard(3, NOW + DAY, NOW + 2 * DAY), standard(2, NOW, NOW + DAY)), NOW + 2 * DAY),
        ((standard(2, None, NOW + DAY), standard(3, NOW + 2 * DAY)), NOW + DAY),
    ],
)
def test_the_base_price_is_charged_from(rates: tuple[DatedRate, ...], charged_from: datetime | None) -> None:
    assert base_price_is_charged_from(sheet(*rates), "input_tokens", NOW) == charged_from


def test_a_rate_replaces_the_base_price_of_its_own_calls_only() -> None:
    flex = DatedRate(Rate("input_tokens", Decimal(2), 1_000_000, "flex"))
    later, ended = standard(3, NOW + DAY), standard(2, None, NOW)
    prices = sheet(later, flex, ended)
    assert replacing_rates(prices, "input_tokens") == (ended, later)
    assert replaced_by(prices, "input_tokens", NOW - DAY) == ended
    assert replaced_by(prices, "input_tokens", NOW) is None
    assert replaced_by(prices, "output_tokens", NOW + DAY) is None


def test_a_clear_sheet_has_no_sentence() -> None:
    assert unclear_sentences(sheet(standard(2, None, NOW), standard(3, NOW))) == []
