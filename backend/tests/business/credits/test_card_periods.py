"""A hold is admitted only while its card is the model's, by the database's clock: before it and from its end on it is stale."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from igny8_core.ai.ai_core import AICore
from igny8_core.business import postgres
from igny8_core.business.billing.models import ModelRate
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, held, hold_request, reserve, usage_rows

HOUR = timedelta(hours=1)
SOON = timedelta(milliseconds=150)


def database_clock() -> datetime:
    with psycopg.connect(**postgres.connection_options(), autocommit=True) as connection:
        [[now]] = connection.execute("SELECT clock_timestamp()").fetchall()
    assert isinstance(now, datetime)
    return now


@pytest.mark.parametrize(
    ("start", "end", "outcome"),
    [
        (None, None, "held"),
        (-HOUR, None, "held"),
        (None, HOUR, "held"),
        (-HOUR, HOUR, "held"),
        (HOUR, None, "stale"),
        (None, -HOUR, "stale"),
        (HOUR, 2 * HOUR, "stale"),
        (-2 * HOUR, -HOUR, "stale"),
        # A moment ago it ended, and it has just begun: the clock has gone on since.
        (None, timedelta(0), "stale"),
        (timedelta(0), None, "held"),
    ],
)
def test_before_during_and_after_its_time(
    account: Account, start: timedelta | None, end: timedelta | None, outcome: str
) -> None:
    now = database_clock()
    request = hold_request(
        account,
        10,
        valid_from=None if start is None else now + start,
        valid_to=None if end is None else now + end,
    )
    assert reserve(request).outcome == outcome
    if outcome == "stale":
        assert not Hold.objects.filter(account=account).exists()
        assert (balance(account), usage_rows(account)) == ((1000, 0, 0), [])


def test_each_item_of_a_batch_is_judged_by_its_own_time(account: Account) -> None:
    now = database_clock()
    requests = [
        hold_request(account, 10, valid_to=now + HOUR),
        hold_request(account, 10, valid_to=now - HOUR),
        hold_request(account, 10, valid_from=now - HOUR),
    ]
    assert [reserved.outcome for reserved in ledger.reserve(requests)] == ["held", "stale", "held"]
    assert balance(account) == (1000, 20, 0)


def test_the_edge_is_exact_to_the_microsecond(account: Account) -> None:
    """Holds asked for on both sides of an edge: each is admitted at a time that is its card's, and none at another's."""
    edge = database_clock() + SOON
    outcomes = []
    while database_clock() < edge + SOON:
        for fields in ({"valid_to": edge}, {"valid_from": edge}):
            request = hold_request(account, 1, **fields)
            outcomes.append((*fields, reserve(request).outcome, request.request_id))
    admitted = dict(Hold.objects.filter(account=account).values_list("request_id", "admitted_at"))
    held_of = {
        side: [
            admitted[request_id]
            for field, outcome, request_id in outcomes
            if (field, outcome) == (side, "held")
        ]
        for side in ("valid_to", "valid_from")
    }
    assert {outcome for _field, outcome, _id in outcomes} == {"held", "stale"}
    assert max(held_of["valid_to"]) < edge <= min(held_of["valid_from"])
    assert len(admitted) == sum(map(len, held_of.values()))


def test_a_hold_that_was_admitted_in_time_may_be_asked_about_after_it(account: Account) -> None:
    """Its caller lost the answer and asks again: the hold stands, whatever the time."""
    now = database_clock()
    request = held(account, 10, valid_to=now + SOON)
    while database_clock() < now + SOON:
        time.sleep(0.01)
    assert reserve(request).outcome == "held"
    assert reserve(replace(request, request_id=hold_request(account, 1).request_id)).outcome == "stale"
    assert balance(account) == (1000, 10, 0)


def test_an_item_of_an_older_caller_has_no_time_of_its_own(account: Account) -> None:
    """Calls in flight while the ledger was brought up to date neither name a time nor how sure their price is."""
    request = hold_request(account, 10)
    item: dict[str, Any] = ledger._item(request)
    card = request.card
    item |= {"card_id": card.id, "card": card.content, "model": card.model, "provider": card.provider}
    item |= {"price_source": card.source}
    del item["valid_from"], item["valid_to"]
    [(outcome, *_rest)] = ledger._call("reserve", [item], retry_seconds=1)
    assert outcome == "held"


def test_a_scheduled_price_is_charged_from_its_time_on_without_any_edit(
    account: Account, text_model: CallableModel
) -> None:
    """The snapshot knows what is to come: nothing is reloaded but the clock, and no call is refused."""
    text_model.answers_with_usage(input_tokens=1000, output_tokens=0)
    start = database_clock() + timedelta(milliseconds=400)
    end = start + timedelta(milliseconds=400)
    ModelRate.objects.create(
        model=text_model.config, unit="input_tokens", amount=3, valid_from=start, valid_to=end
    )
    core = AICore(account=account)
    while database_clock() < end + timedelta(milliseconds=100):
        core.run_ai_request(prompt="Hi", model=text_model.name, max_tokens=1)
    rows = list(CreditUsageLog.objects.filter(account=account).values_list("admitted_at", "cost_usd"))
    assert {cost for _time, cost in rows} == {Decimal("0.001"), Decimal("0.003")}
    for admitted_at, cost in rows:
        assert cost == Decimal("0.003" if start <= admitted_at < end else "0.001")
