"""Eight processes race for credits that do not suffice for all: every credit is spent, and none twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from igny8_core.ai.emulator.client import Emulator
from igny8_core.business.credits.models import Account, AccountBalance, CreditUsageLog, Hold, LedgerEntry
from tests.callable_model import CallableModel, make_callable_model
from tests.conftest import MakeAccount
from tests.hold.callers import CAP, call_many_times
from tests.workers import run_workers

PROCESSES = 8
# 100 output tokens at $10 per million tokens are $0.001.
HELD = Decimal("0.1")


@pytest.fixture
def model(emulator: Emulator) -> Iterator[CallableModel]:
    """Its quote is exact: input is free, and output is held at the cap."""
    with make_callable_model(
        emulator, model_type="text", input_cost_per_1m=Decimal(0), output_cost_per_1m=Decimal(10)
    ) as model:
        yield model


def test_what_pays_for_1000_calls_pays_for_exactly_1000_of_3200(
    make_account: MakeAccount, model: CallableModel
) -> None:
    account = make_account(1000 * HELD)
    model.answers_with_usage(input_tokens=7, output_tokens=CAP)

    charged, refused = race(account, model, calls=3200)

    assert len(charged) == 1000
    assert len({request_id for request_id, _credits in charged}) == 1000
    assert {Decimal(credits) for _request_id, credits in charged} == {HELD}
    assert len(refused) == 2200
    assert model.count().received == 1000
    assert balance(account) == (Decimal(0), Decimal(0), Decimal(0))
    rows = CreditUsageLog.objects.filter(account=account)
    assert rows.filter(status="settled", credits=HELD, held=HELD).count() == 1000
    assert rows.filter(status="refused", error_code="insufficient_credits", credits=0).count() == 2200
    assert rows.count() == 3200
    assert LedgerEntry.objects.filter(account=account, kind="charge", amount=-HELD).count() == 1000
    assert Hold.objects.filter(account=account, state="settled").count() == 1000
    assert_each_decision_was_right_at_its_instant(account, refused)


def test_holds_of_four_times_the_cost_never_pass_the_floor(
    make_account: MakeAccount, model: CallableModel
) -> None:
    account = make_account(400 * HELD / 4)
    model.answers_with_usage(input_tokens=7, output_tokens=CAP // 4)

    charged, refused = race(account, model, calls=1600)

    # What is left after 397 charges of 0.025 is the first amount below a hold of 0.1.
    assert len(charged) == 397
    assert {Decimal(credits) for _request_id, credits in charged} == {HELD / 4}
    assert len(refused) == 1203
    assert model.count().received == 397
    assert balance(account) == (Decimal("0.075"), Decimal(0), Decimal(0))
    assert Hold.objects.filter(account=account, state="settled", amount=HELD).count() == 397
    assert Hold.objects.filter(account=account, available_after__lt=0).count() == 0
    assert_each_decision_was_right_at_its_instant(account, refused)


def race(account: Account, model: CallableModel, *, calls: int) -> tuple[list[Any], list[Any]]:
    """All that was charged [request_id, credits], and all that was refused [needed, available, request_id]."""
    arguments = {"account": account.pk, "model": model.name, "count": calls // PROCESSES}
    reports = [report for [report] in run_workers(call_many_times, [arguments] * PROCESSES, seconds=120)]
    return [call for report in reports for call in report["charged"]], [
        call for report in reports for call in report["refused"]
    ]


def balance(account: Account) -> tuple[Decimal, Decimal, Decimal]:
    row = AccountBalance.objects.get(account=account)
    return row.posted, row.reserved, row.debt


def assert_each_decision_was_right_at_its_instant(account: Account, refused: list[Any]) -> None:
    """Replays the account's history in the order of the instants at which the ledger, holding the account's lock, read
    the clock: each hold was admitted with enough available, and each refusal had needed > available."""
    holds = Hold.objects.filter(account=account)
    rows = CreditUsageLog.objects.filter(account=account)
    history: list[tuple[Any, Decimal, Any]] = [
        *((hold.admitted_at, -hold.amount, hold) for hold in holds),
        *((row.logged_at, row.held - row.credits, row) for row in rows),
    ]
    refusals = {
        request_id: (Decimal(needed), Decimal(available)) for needed, available, request_id in refused
    }
    available = sum((entry.amount for entry in account.entries.filter(kind="grant")), Decimal(0))
    for _instant, change, record in sorted(history, key=lambda item: item[0]):
        if isinstance(record, Hold):
            assert record.available_after == available + change
            assert record.available_after >= record.floor_at_reserve == 0
        elif record.status == "refused":
            needed = Decimal(record.detail["needed"])
            assert Decimal(record.detail["available"]) == available
            assert needed == HELD > available
            assert refusals.pop(str(record.request_id)) == (needed, available)
        available += change
    assert not refusals
