"""Calls whose price is not sure are counted by model, with the units that had no rate or only an estimate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from igny8_core.business.credits.models import Account
from igny8_core.business.usage.not_exact import NotExact, Unsure, calls_that_are_not_exact
from tests.business.usage.rows import CARD_ID, Row, log, undone

# Long after any test's own calls.
NOW = datetime(2027, 3, 1, tzinfo=UTC)
BODY = {
    "model": "alpha",
    "provider": "greek",
    "source": "database",
    "rates": [
        {"unit": "input_tokens", "amount": "1", "per": 1_000_000},
        {"unit": "output_tokens", "amount": "9", "per": 1_000_000, "is_estimate": True},
    ],
}


@pytest.fixture(autouse=True)
def _taken_back(account: Account) -> Iterator[None]:
    with undone():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO credits_rate_card (account_id, card_id, body, stored_at) VALUES (%s, %s, %s, now())",
                [account.pk, CARD_ID, json.dumps(BODY)],
            )
        yield


def estimated(model: str, **usage: int) -> Row:
    return Row(admitted_at=NOW, model=model, usage=dict(usage), confidence="estimated")


def unpriced(model: str | None, **usage: int) -> Row:
    return Row(admitted_at=NOW, model=model, status="unknown", usage=dict(usage), confidence="unpriced")


def test_they_are_counted_by_model_with_their_units(account: Account) -> None:
    log(
        account,
        [
            estimated("alpha", input_tokens=10, output_tokens=5),
            estimated("beta", output_tokens=5),
            estimated("beta", output_tokens=6),
            unpriced("alpha", input_tokens=10, audio_input_tokens=3),
            unpriced("alpha", web_searches=1),
            Row(admitted_at=NOW, usage={"input_tokens": 1}),
        ],
    )
    assert calls_that_are_not_exact(since=NOW) == [
        NotExact("unpriced", "alpha", 2, (Unsure(("web_searches", "audio_input_tokens")),)),
        NotExact("estimated", "beta", 2, (Unsure(("output_tokens",)),)),
        NotExact("estimated", "alpha", 1, (Unsure(("output_tokens",)),)),
    ]


def test_earlier_calls_are_not_counted(account: Account) -> None:
    log(account, [estimated("alpha", output_tokens=5)])
    assert calls_that_are_not_exact(since=NOW + timedelta(microseconds=1)) == []


def test_what_this_release_cannot_read_is_counted_without_units(account: Account) -> None:
    log(account, [unpriced("alpha", thoughts=3)])
    assert calls_that_are_not_exact(since=NOW) == [NotExact("unpriced", "alpha", 1, ())]


def test_what_has_an_estimate_is_no_reason_of_a_call_without_a_price(account: Account) -> None:
    log(account, [unpriced("alpha", output_tokens=5, cached_input_tokens=3)])
    assert calls_that_are_not_exact(since=NOW) == [
        NotExact("unpriced", "alpha", 1, (Unsure(("cached_input_tokens",)),))
    ]


def test_the_circumstances_are_named(account: Account) -> None:
    usage = {"input_tokens": 5, "output_tokens": 5, "service_tier": "flex", "is_batch": True}
    log(account, [Row(admitted_at=NOW, status="unknown", usage=usage, confidence="unpriced")])
    assert calls_that_are_not_exact(since=NOW) == [
        NotExact("unpriced", "alpha", 1, (Unsure(("input_tokens", "output_tokens"), ("flex tier", "batch")),))
    ]


def test_where_the_card_does_not_say_the_refusal_does(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE credits_rate_card SET body = '{}' WHERE card_id = %s", [CARD_ID])
    detail = {"message": "alpha has no rate for 600 cached_input_tokens"}
    usage = {"input_tokens": 1, "cached_input_tokens": 600}
    log(account, [Row(admitted_at=NOW, status="unknown", usage=usage, confidence="unpriced", detail=detail)])
    assert calls_that_are_not_exact(since=NOW) == [
        NotExact("unpriced", "alpha", 1, (Unsure(("cached_input_tokens",)),))
    ]
