"""The sweeper ends holds past their expiry: what was never sent is void, what was sent is unknown."""

from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import connection as django_connection

from igny8_core.business import postgres
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, AccountBalance, CreditUsageLog
from tests.conftest import MakeAccount
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
    assert ledger.sweep() == {"void": 0, "unknown": 0, "busy": 0, "failed": 0, "answers": 0}


def test_an_account_that_stays_locked_does_not_keep_the_others_from_being_swept(
    account: Account, make_account: MakeAccount, settings: Any
) -> None:
    settings.IGNY8_LEDGER_RETRY_SECONDS = 0.2
    settings.IGNY8_LEDGER_LOCK_TIMEOUT_MS = 100
    postgres.close()  # so that the next connection has the short lock timeout
    other = make_account()
    requests = [held(owner, 10, state="held", lifetime_seconds=0) for owner in (account, other)]
    with psycopg.connect(**postgres.connection_options()) as connection:
        connection.execute(
            "SELECT 1 FROM credits_accountbalance WHERE account_id = %s FOR UPDATE", [account.pk]
        )
        assert ledger.sweep()["busy"] == 1
        assert [state_of(request) for request in requests] == ["held", "void"]
    postgres.close()
    assert ledger.sweep()["void"] == 1


def test_an_account_that_somebody_broke_does_not_keep_the_others_from_being_swept(
    account: Account, make_account: MakeAccount
) -> None:
    requests = [held(owner, 10, state="held", lifetime_seconds=0) for owner in (account, make_account())]
    broken = AccountBalance.objects.filter(account=account)
    broken.update(reserved=0)
    assert ledger.sweep()["failed"] == 1
    assert [state_of(request) for request in requests] == ["held", "void"]
    broken.update(reserved=10)
    assert ledger.sweep()["void"] == 1


def test_a_month_that_began_without_its_partition_does_not_stop_the_sweep(account: Account) -> None:
    settle(held(account, 10), 1)
    month = f"credits_usage_log_{datetime.now(UTC):%Y_%m}"
    with psycopg.connect(**postgres.connection_options()) as connection:
        connection.execute(f"ALTER TABLE credits_usage_log DETACH PARTITION {month}")
        connection.execute(f"ALTER TABLE {month} RENAME TO elsewhere")
        connection.execute(
            f"INSERT INTO credits_usage_log SELECT * FROM elsewhere WHERE account_id = {account.pk}"
        )
        connection.execute("SELECT credits_ensure_partitions(12)")
        [(count,)] = connection.execute(
            f"SELECT count(*) FROM credits_usage_log_other WHERE account_id = {account.pk}"
        )
        assert count == 1
        connection.rollback()


def test_rows_go_to_the_partition_of_the_month_of_admission(account: Account) -> None:
    settle(held(account, 10), 1)
    row = CreditUsageLog.objects.get(account=account)
    with django_connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM credits_usage_log WHERE id = %s", [row.pk])
        assert cursor.fetchone() == (f"credits_usage_log_{row.admitted_at:%Y_%m}",)
