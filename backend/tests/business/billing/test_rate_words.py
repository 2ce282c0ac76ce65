"""A rate in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from igny8_core.business.billing.price_sheet import DatedRate
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.rate_words import dated_in_words, label_of

FLEX = Rate("input_tokens", Decimal("0.15"), 1_000_000, "flex")


@pytest.mark.parametrize(
    ("unit", "one", "many"),
    [
        ("input_tokens", "input token", "input tokens"),
        (
            "cache_write_5m_tokens",
            "token written to a cache for 5 minutes",
            "tokens written to a cache for 5 minutes",
        ),
        ("images", "image", "images"),
        ("web_searches", "web search", "web searches"),
        ("code_sessions", "code interpreter session", "code interpreter sessions"),
        ("thoughts", "thought", "thoughts"),
    ],
)
def test_a_unit_is_counted_in_words(unit: str, one: str, many: str) -> None:
    assert (label_of(unit, 1), label_of(unit, 0), label_of(unit)) == (one, many, many)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (None, None, ""),
        (datetime(2030, 1, 1, tzinfo=UTC), None, ", from 2030-01-01 00:00 UTC"),
        (None, datetime(2030, 1, 1, 0, 0, 1, tzinfo=UTC), ", until 2030-01-01 00:00:01 UTC"),
        (
            datetime(2030, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            datetime(2030, 2, 1, tzinfo=UTC),
            ", from 2030-01-01 00:00 UTC, until 2030-02-01 00:00 UTC",
        ),
    ],
)
def test_its_time_is_in_utc(start: datetime | None, end: datetime | None, words: str) -> None:
    assert dated_in_words(DatedRate(FLEX, start, end)) == f"$0.15 per 1M input tokens (flex tier){words}"
