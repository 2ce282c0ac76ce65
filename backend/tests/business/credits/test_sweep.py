"""The sweeper ends holds past their expiry: what was never sent is void, what was sent is unknown."""

from django.db import connection

from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, CreditUsageLog
from tests.ledger_calls import balance, held, settle, state_of, usage_rows


def test_an_expired_hold_that_was_not_sent_is_void(account: Account) -> None:
    request = held(account, 10, state="held", lifetime_seconds=0)
    ledger.sweep()
    assert state_of(request) == "void"
    assert balance(account) == (1000, 0, 0)
    assert usage_rows(account) == [("void", "hold_expired", 0)]


def test_an_expired_hold_that_was_sent_is_unknown_and_keeps_its_credits(account: Account) -> None:
    request = held(account, 10, lifetime_seconds=0)
    ledger.sweep()
    assert state_of(request) == "unknown"
    assert balance(account) == (1000, 10, 0)
    assert usage_rows(account) == [("unknown", "hold_expired", 0)]


def test_it_is_still_charged_when_its_answer_comes_late(account: Account) -> None:
    request = held(account, 10, lifetime_seconds=0)
    ledger.sweep()
    assert settle(request, 4).outcome == "settled"
    assert balance(account) == (996, 0, 0)


def test_a_hold_that_has_not_expired_is_left_alone(account: Account) -> None:
    request = held(account, 10)
    ledger.sweep()
    assert state_of(request) == "sent"
    assert usage_rows(account) == []


def test_it_counts_what_it_ended(account: Account) -> None:
    ledger.sweep()
    for state in ("held", "held", "sent"):
        held(account, 1, state=state, lifetime_seconds=0)
    swept = ledger.sweep()
    assert (swept["void"], swept["unknown"]) == (2, 1)
    assert ledger.sweep() == {"void": 0, "unknown": 0, "answers": 0}


def test_rows_go_to_the_partition_of_the_month_of_admission(account: Account) -> None:
    settle(held(account, 10), 1)
    row = CreditUsageLog.objects.get(account=account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM credits_usage_log WHERE id = %s", [row.pk])
        assert cursor.fetchone() == (f"credits_usage_log_{row.admitted_at:%Y_%m}",)
