"""check_ledger notices every kind of drift and names the account."""

import json
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command

from igny8_core.business import postgres
from igny8_core.business.credits.ledger_audit import Audit, audit_in_transaction, audit_ledger
from igny8_core.business.credits.models import Account
from tests.conftest import MakeAccount
from tests.ledger_calls import end, held, settle

DRIFTS = {
    "every account has a balance": "DELETE FROM credits_accountbalance WHERE account_id = {}",
    "sum of entries = posted": "UPDATE credits_accountbalance SET posted = posted + 1 WHERE account_id = {}",
    "every entry's posted_after is the sum of the entries up to it": (
        "UPDATE credits_ledgerentry SET posted_after = posted_after + 1 WHERE account_id = {}"
    ),
    "sum of open holds = reserved": (
        "UPDATE credits_accountbalance SET reserved = reserved + 1 WHERE account_id = {}"
    ),
    "sum of grant remainders - debt = posted": (
        "UPDATE credits_accountbalance SET debt = debt + 1 WHERE account_id = {}"
    ),
    "a request_id settles at most once": (
        "INSERT INTO credits_usage_log SELECT account_id, admitted_at, 0, logged_at, request_id, attempt, status,"
        " error_code, operation, model, provider, user_ref, api_key_id, price_source, card_id, usage, cost_usd,"
        " usd_per_credit, credits, held, provider_request_id, detail, confidence FROM credits_usage_log"
        " WHERE status = 'settled' AND account_id = {}"
    ),
    "a hold is settled exactly where it was charged and logged, for the same credits": (
        "UPDATE credits_usage_log SET credits = credits + 1 WHERE status = 'settled' AND account_id = {}"
    ),
    "what a charge drew from grants is at most the charge": (
        "UPDATE credits_ledgerentry SET draws = '{{\"1\": \"5\"}}' WHERE kind = 'charge' AND account_id = {}"
    ),
    "no hold is held or sent 5 minutes after its expiry (run sweep_holds)": (
        "UPDATE credits_hold SET expires_at = now() - interval '6 minutes'"
        " WHERE state = 'sent' AND account_id = {}"
    ),
    "no account has debt and credits left at once": (
        "UPDATE credits_accountbalance SET debt = debt + 1 WHERE account_id = {}"
    ),
    "what a grant lost was drawn, expired or repaid": (
        "UPDATE credits_ledgerentry SET draws = '{{}}' WHERE kind = 'charge' AND account_id = {}"
    ),
    "each grant was entered once, for its amount": (
        "UPDATE credits_grant SET amount = amount + 1 WHERE account_id = {}"
    ),
    "each void or unknown hold was logged so": (
        "DELETE FROM credits_usage_log WHERE status = 'void' AND account_id = {}"
    ),
    "hold, charge and card name the same model, provider and source": (
        "UPDATE credits_usage_log SET price_source = 'constants' WHERE account_id = {}"
    ),
    "a stored card's id is the hash of its content": (
        "UPDATE credits_rate_card SET body = jsonb_set(body, '{{model}}', '\"other\"') WHERE account_id = {}"
    ),
    "re-pricing each charge with its stored card gives its cost, confidence and credits exactly": (
        "UPDATE credits_usage_log SET cost_usd = cost_usd + 1e-18 WHERE status = 'settled' AND account_id = {}"
    ),
}


def used_account(make_account: MakeAccount) -> Account:
    """With a charge, an overrun, a void and an open hold."""
    account = make_account()
    settle(held(account, 10), 4)
    settle(held(account, 10), 12)
    end(held(account, 10), "void")
    held(account, 10)
    return account


def audit_after(statement: str) -> Audit:
    """As on a broken day: no trigger stands in the way. Nothing of it is committed."""
    with psycopg.connect(**postgres.connection_options()) as connection:
        for table in ("credits_ledgerentry", "credits_usage_log"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(statement)  # type: ignore[call-overload]
        audit = audit_in_transaction(connection)
        connection.rollback()
    return audit


def test_a_ledger_in_use_is_clean(make_account: MakeAccount) -> None:
    used_account(make_account)
    output = StringIO()
    call_command("check_ledger", json=True, stdout=output)
    report = json.loads(output.getvalue().splitlines()[-1])
    assert report["clean"] is True
    assert set(report["broken"]) == set(DRIFTS) | {"no hold was admitted below its floor"}
    assert not any(report["broken"].values())
    assert report["counts"]["usage_rows"] >= 3


@pytest.mark.parametrize("invariant", DRIFTS)
def test_drift_is_named_with_its_account(make_account: MakeAccount, invariant: str) -> None:
    account = used_account(make_account)
    assert account.pk in audit_after(DRIFTS[invariant].format(account.pk)).broken[invariant]


MORE_DRIFTS = {
    # invariant: other ways to break it
    "a hold is settled exactly where it was charged and logged, for the same credits": [
        "UPDATE credits_hold SET state = 'settled' WHERE state = 'sent' AND account_id = {}",
        "WITH a AS (DELETE FROM credits_ledgerentry WHERE kind <> 'grant' AND account_id = {0})"
        " DELETE FROM credits_usage_log WHERE account_id = {0}",
    ],
    "re-pricing each charge with its stored card gives its cost, confidence and credits exactly": [
        "UPDATE credits_usage_log SET confidence = 'estimated' WHERE status = 'settled' AND account_id = {}",
        "UPDATE credits_usage_log SET credits = credits * 10 WHERE status = 'settled' AND account_id = {}",
        "UPDATE credits_usage_log SET usd_per_credit = 0.02 WHERE status = 'settled' AND account_id = {}",
        "UPDATE credits_usage_log SET usage = '[]' WHERE status = 'settled' AND account_id = {}",
    ],
    "a stored card's id is the hash of its content": [
        "UPDATE credits_rate_card SET body = '{{}}' WHERE account_id = {}",
    ],
}


@pytest.mark.parametrize(
    ("invariant", "statement"),
    [(invariant, statement) for invariant, statements in MORE_DRIFTS.items() for statement in statements],
)
def test_each_way_to_break_it_is_noticed(make_account: MakeAccount, invariant: str, statement: str) -> None:
    account = used_account(make_account)
    assert account.pk in audit_after(statement.format(account.pk)).broken[invariant]


def test_drift_makes_the_command_fail_and_name_the_account(make_account: MakeAccount) -> None:
    account = make_account()
    change = "UPDATE credits_accountbalance SET posted = posted + %s WHERE account_id = %s"
    with psycopg.connect(**postgres.connection_options(), autocommit=True) as connection:
        connection.execute(change, [1, account.pk])
        try:
            assert audit_ledger().is_clean is False
            output = StringIO()
            with pytest.raises(SystemExit) as caught:
                call_command("check_ledger", stdout=output)
        finally:
            connection.execute(change, [-1, account.pk])
    assert caught.value.code == 1
    assert f"sum of entries = posted: accounts {account.pk}" in output.getvalue()
    assert "The ledger drifts." in output.getvalue()
