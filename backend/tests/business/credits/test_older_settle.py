"""A settle that waited at its insert while the migration ran goes on with the older function, and its charge stands."""

from __future__ import annotations

import json

import psycopg

from igny8_core.business import postgres
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account
from igny8_core.business.credits.sql import read_sql
from tests.ledger_calls import balance, charge_of, held

OLDER = read_sql("settle", 1).replace("credits_settle(", "credits_older_settle(")


def test_its_charge_was_exact(account: Account) -> None:
    item = ledger._item(charge_of(held(account, 10), 4)) | {"answer_seconds": 60}
    with psycopg.connect(**postgres.connection_options()) as own:
        own.execute(OLDER)  # type: ignore[arg-type]
        settled = own.execute(
            "SELECT outcome FROM credits_older_settle(%s)", [json.dumps([item], default=ledger._to_json)]
        )
        assert settled.fetchall() == [("settled",)]
        rows = own.execute(
            "SELECT status, confidence FROM credits_usage_log WHERE account_id = %s", [account.pk]
        )
        assert rows.fetchall() == [("settled", "exact")]
        own.rollback()
    assert balance(account) == (1000, 10, 0)
