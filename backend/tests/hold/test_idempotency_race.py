"""One idempotency key: the provider is called once and charged once, whoever repeats it, and whatever happens."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from django.db.models.functions import Now

from igny8_core.ai.ai_core import AICore
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold, LedgerEntry
from igny8_core.business.errors import IdempotencyConflict, RequestInProgress
from tests.callable_model import CallableModel
from tests.hold.callers import CAP, call_with_one_key
from tests.workers import run_workers, start_workers

# 50 callers in four processes.
THREADS = (13, 13, 12, 12)
# Long enough that all 50 are there while the first is with the provider.
OVERLAP_MS = 1500
FOR_EVER_MS = 120_000
# At $1 and $10 per million tokens: $0.00105.
USAGE = {"prompt_tokens": 50, "completion_tokens": CAP}
CREDITS = Decimal("0.105")


@pytest.fixture
def model(text_model: CallableModel) -> CallableModel:
    text_model.script({"usage": USAGE, "delay_ms": OVERLAP_MS})
    return text_model


def test_50_callers_at_once_get_one_call_one_charge_and_50_equal_answers(
    account: Account, model: CallableModel
) -> None:
    answers = call_at_once([arguments(account, model, threads=threads) for threads in THREADS])

    assert len(answers) == 50
    assert [answer for answer in answers if "error" in answer] == []
    assert (
        len({(each["content"], each["request_id"], each["credits"], each["cost"]) for each in answers}) == 1
    )
    assert Decimal(answers[0]["credits"]) == CREDITS
    assert sorted(each["replayed"] for each in answers) == [False] + 49 * [True]
    assert model.count().received == 1
    assert_charged_once(account)


def test_of_two_bodies_sent_at_once_one_is_called_and_the_other_is_a_conflict(
    account: Account, model: CallableModel
) -> None:
    orders = [arguments(account, model, threads=10, prompt=prompt) for prompt in ("one", "two", "one", "two")]

    answers = call_at_once(orders)

    assert sorted(each.get("error", "answered") for each in answers) == (
        20 * ["answered"] + 20 * ["idempotency_conflict"]
    )
    assert len({each["content"] for each in answers if "error" not in each}) == 1
    assert model.count().received == 1
    assert_charged_once(account)


def test_another_body_later_is_a_conflict_and_nothing_happens(account: Account, model: CallableModel) -> None:
    core = AICore(account=account)
    first = core.run_ai_request(prompt="Hello", model=model.name, max_tokens=CAP, idempotency_key="key")

    for body in ({"prompt": "Goodbye"}, {"prompt": "Hello", "temperature": 1}):
        with pytest.raises(IdempotencyConflict) as caught:
            core.run_ai_request(model=model.name, max_tokens=CAP, idempotency_key="key", **body)  # type: ignore[arg-type]
        assert caught.value.code == "idempotency_conflict"
        assert caught.value.details == {"request_id": str(first.request_id)}

    assert model.count().received == 1
    assert_charged_once(account)


def test_nobody_calls_again_while_the_hold_of_a_killed_caller_is_open(
    account: Account, model: CallableModel, settings: Any
) -> None:
    settings.IGNY8_DUPLICATE_WAIT_SECONDS = 0.2
    model.script({"usage": USAGE, "delay_ms": FOR_EVER_MS})
    with start_workers(
        call_with_one_key,
        [arguments(account, model, threads=1)],
        settings={"IGNY8_HOLD_SECONDS": 4},
    ) as [first]:
        first.go()
        wait_for_the_call(model)
        first.kill()
        assert first.reports() == []
    assert Hold.objects.get(account=account).state == "sent"

    answers = call_at_once(
        [arguments(account, model, threads=5)] * 4, settings={"IGNY8_DUPLICATE_WAIT_SECONDS": 0.5}
    )

    assert [each["error"] for each in answers] == 20 * ["in_progress"]
    assert_is_in_progress(account, model, state="sent")

    wait_for_the_expiry(account)
    assert_is_in_progress(account, model, state="sent")
    ledger.sweep()
    assert_is_in_progress(account, model, state="unknown")
    assert model.count().received == 1
    assert LedgerEntry.objects.filter(account=account).exclude(kind="grant").count() == 0
    [row] = CreditUsageLog.objects.filter(account=account)
    assert (row.status, row.error_code, row.credits) == ("unknown", "hold_expired", Decimal(0))
    # The credits stay held: the provider may bill the call.
    assert ledger.available_credits(account.pk) == 1000 - Hold.objects.get(account=account).amount


def arguments(account: Account, model: CallableModel, **others: object) -> dict[str, object]:
    return {"account": account.pk, "model": model.name, "key": "key", **others}


def call_at_once(orders: list[dict[str, object]], **options: Any) -> list[dict[str, Any]]:
    reports = run_workers(call_with_one_key, orders, seconds=60, **options)
    return [answer for each in reports for answer in each]


def wait_for_the_call(model: CallableModel) -> None:
    deadline = time.monotonic() + 30
    while model.count().received == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_for_the_expiry(account: Account) -> None:
    deadline = time.monotonic() + 30
    while not Hold.objects.filter(account=account, expires_at__lte=Now()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_charged_once(account: Account) -> None:
    assert ledger.available_credits(account.pk) == 1000 - CREDITS
    assert LedgerEntry.objects.filter(account=account, kind="charge").count() == 1
    assert Hold.objects.get(account=account).state == "settled"
    [row] = CreditUsageLog.objects.filter(account=account)
    assert (row.status, row.credits) == ("settled", CREDITS)


def assert_is_in_progress(account: Account, model: CallableModel, *, state: str) -> None:
    with pytest.raises(RequestInProgress) as caught:
        AICore(account=account).run_ai_request(
            prompt="Hello", model=model.name, max_tokens=CAP, idempotency_key="key"
        )
    assert caught.value.code == "in_progress"
    assert caught.value.retry_after_seconds == 1
    assert Hold.objects.get(account=account).state == state
    assert model.count().received == 1
