"""settle charges what a call cost, once, whatever it cost."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from igny8_core.business import postgres
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, CreditUsageLog, LedgerEntry
from igny8_core.business.errors import InvalidRequest
from tests.conftest import MakeAccount
from tests.ledger_calls import (
    CARD,
    balance,
    charge_of,
    end,
    entries,
    held,
    hold_request,
    reserve,
    settle,
    state_of,
    usage_rows,
)


def test_it_returns_the_unspent_hold(account: Account) -> None:
    request = held(account, 10)
    settled = settle(request, 4)
    assert (settled.outcome, settled.credits, settled.overrun, settled.available) == ("settled", 4, 0, 996)
    assert balance(account) == (996, 0, 0)
    assert entries(account) == [("grant", 1000), ("charge", -4)]
    assert state_of(request) == "settled"


def test_the_usage_row_names_the_card_that_it_was_priced_with(account: Account) -> None:
    request = held(account, 10)
    settle(request, 4)
    row = CreditUsageLog.objects.get(account=account)
    assert (row.card_id, row.usage, row.cost_usd) == (CARD.id, {"input_tokens": 4}, Decimal("0.04"))


def test_settling_again_changes_nothing(account: Account) -> None:
    request = held(account, 10)
    settle(request, 4)
    assert settle(request, 9).outcome == "replayed"
    assert balance(account) == (996, 0, 0)
    assert usage_rows(account) == [("settled", None, 4)]


def test_a_cost_above_the_hold_is_an_overrun_of_its_own(account: Account) -> None:
    request = held(account, 10)
    assert settle(request, 13).overrun == 3
    assert entries(account) == [("grant", 1000), ("charge", -10), ("overrun", -3)]
    assert balance(account) == (987, 0, 0)


def test_what_no_grant_can_pay_is_debt(make_account: MakeAccount) -> None:
    account = make_account(10)
    settle(held(account, 10), 13)
    assert balance(account) == (-3, 0, 3)


def test_a_new_grant_repays_debt_first(make_account: MakeAccount) -> None:
    account = make_account(10)
    settle(held(account, 10), 13)
    ledger.grant(account_id=account.pk, external_id="next", source="purchase", amount=Decimal(5))
    assert balance(account) == (2, 0, 0)
    assert list(account.grants.order_by("id").values_list("remaining", flat=True)) == [0, 2]


def test_a_late_settle_after_a_void_is_charged_as_an_overrun(account: Account) -> None:
    request = held(account, 10)
    end(request, "void")
    assert settle(request, 4).outcome == "settled"
    assert entries(account) == [("grant", 1000), ("charge", 0), ("overrun", -4)]
    assert balance(account) == (996, 0, 0)


def test_a_late_settle_after_unknown_uses_the_hold(account: Account) -> None:
    request = held(account, 10)
    end(request, "unknown")
    assert balance(account) == (1000, 10, 0)
    assert settle(request, 4).overrun == 0
    assert balance(account) == (996, 0, 0)


def test_a_settle_of_a_superseded_attempt_changes_nothing(account: Account) -> None:
    request = held(account, 10)
    end(request, "void")
    reserve(request)
    assert settle(request, 4, attempt=1).outcome == "superseded"
    assert balance(account) == (1000, 10, 0)


def test_a_settle_priced_with_another_card_changes_nothing(account: Account) -> None:
    request = held(account, 10)
    charge = charge_of(request, 4)
    assert ledger.settle([replace(charge, card_id=uuid4())])[0].outcome == "superseded"
    assert balance(account) == (1000, 10, 0)


def test_a_settle_without_a_hold_changes_nothing(account: Account) -> None:
    assert settle(hold_request(account, 10), 4).outcome == "missing"
    assert balance(account) == (1000, 0, 0)
    assert usage_rows(account) == []


def test_a_free_call_is_entered_too(account: Account) -> None:
    settle(held(account, 10), 0)
    assert entries(account) == [("grant", 1000), ("charge", 0)]
    assert usage_rows(account) == [("settled", None, 0)]


def test_grants_are_drawn_by_priority_then_expiry_then_free_before_paid_then_oldest(
    make_account: MakeAccount,
) -> None:
    account = make_account(0)
    soon, later = "2126-01-01T00:00:00Z", "2126-02-01T00:00:00Z"
    grants = [
        ("oldest", 100, False, None),
        ("paid", 100, True, None),
        ("newest", 100, False, None),
        ("later", 100, False, later),
        ("soon", 100, False, soon),
        ("first", 1, True, None),
    ]
    for name, priority, is_paid, expires_at in grants:
        ledger.grant(
            account_id=account.pk,
            external_id=name,
            source="promotion",
            amount=Decimal(10),
            priority=priority,
            is_paid=is_paid,
            expires_at=expires_at,  # type: ignore[arg-type]
        )
    names = dict(account.grants.values_list("id", "external_id"))

    drawn = []
    for _ in range(6):
        settle(held(account, 10), 10)
        entry = LedgerEntry.objects.filter(account=account, kind="charge").latest("id")
        drawn += [names[int(grant)] for grant in entry.draws]

    assert drawn == ["first", "soon", "later", "oldest", "newest", "paid"]


def test_one_charge_can_draw_from_several_grants(make_account: MakeAccount) -> None:
    account = make_account(3)
    ledger.grant(account_id=account.pk, external_id="second", source="purchase", amount=Decimal(10))
    settle(held(account, 8), 8)
    first, second = account.grants.order_by("id")
    entry = LedgerEntry.objects.get(account=account, kind="charge")
    assert entry.draws == {str(first.pk): "3.000000", str(second.pk): "5.000000"}
    assert (first.remaining, second.remaining) == (0, 5)


def test_a_batch_over_accounts_draws_from_each_ones_own_grants(make_account: MakeAccount) -> None:
    accounts = [make_account(10) for _ in range(3)]
    requests = [held(account, 5) for account in (*accounts, *reversed(accounts))]
    ledger.settle([charge_of(request, cost) for cost, request in enumerate(requests, start=1)])
    assert [balance(account) for account in accounts] == [(3, 0, 0), (3, 0, 0), (3, 0, 0)]


def test_one_bad_item_does_not_keep_its_neighbours_from_being_charged(account: Account) -> None:
    first, bad, last = (charge_of(held(account, 10), 4) for _ in range(3))
    with pytest.raises(psycopg.errors.NotNullViolation):
        ledger.settle([first, replace(bad, usage=NothingUsed()), last])
    assert balance(account) == (992, 10, 0)
    assert ledger.settle([first, bad, last])[1].outcome == "settled"
    assert balance(account) == (988, 0, 0)


def test_an_amount_finer_than_a_millionth_is_refused_not_rounded(account: Account) -> None:
    charge = replace(charge_of(held(account, 10), 4), credits=Decimal("4.0000004"))
    with pytest.raises(InvalidRequest):
        ledger.settle([charge])
    assert balance(account) == (1000, 10, 0)


@pytest.mark.parametrize("column", ["posted", "reserved", "debt", "floor"])
def test_the_database_refuses_what_is_not_a_number(account: Account, column: str) -> None:
    with (
        psycopg.connect(**postgres.connection_options()) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(
            f"UPDATE credits_accountbalance SET {column} = 'NaN' WHERE account_id = %s", [account.pk]
        )


def test_the_same_request_twice_in_one_batch_is_charged_once(account: Account) -> None:
    charge = charge_of(held(account, 10), 4)
    outcomes = [settled.outcome for settled in ledger.settle([charge, charge])]
    assert outcomes == ["settled", "replayed"]
    assert balance(account) == (996, 0, 0)


class NothingUsed(Usage):
    def to_json(self) -> Any:
        return None


@pytest.mark.parametrize(
    "table",
    [
        "credits_ledgerentry",
        "credits_usage_log",
        f"credits_usage_log_{datetime.now(UTC):%Y_%m}",
    ],
)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET account_id = account_id", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_entries_and_usage_rows_are_only_ever_added(account: Account, table: str, statement: str) -> None:
    settle(held(account, 10), 4)
    with (
        psycopg.connect(**postgres.connection_options()) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="only ever added"),
    ):
        connection.execute(statement.format(table))  # type: ignore[call-overload]
    assert len(entries(account)) == 2
    assert len(usage_rows(account)) == 1
