"""Code that is newer than its tables refuses until they are migrated: people's prices are there, and not the constants."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.constants import constants_catalogue
from igny8_core.business import postgres
from igny8_core.business.billing import catalogue
from igny8_core.business.credits.models import Account
from igny8_core.business.errors import LedgerUnavailable
from tests.ledger_calls import balance, usage_rows


@pytest.mark.parametrize("table", ["billing_modelrate", "billing_modelalias", "billing_aiprovider"])
def test_nothing_is_charged_at_the_constants(account: Account, table: str) -> None:
    with psycopg.connect(**postgres.connection_options(), autocommit=True) as own:
        own.execute(f"ALTER TABLE {table} RENAME TO billing_away")  # type: ignore[arg-type]
        try:
            catalogue._snapshot = None
            with pytest.raises(LedgerUnavailable, match="of another version than this code"):
                AICore(account).run_ai_request(prompt="Hello", model="gpt-4o", max_tokens=10)
        finally:
            own.execute(f"ALTER TABLE billing_away RENAME TO {table}")  # type: ignore[arg-type]
    assert (balance(account), usage_rows(account)) == ((Decimal(1000), 0, 0), [])
    assert catalogue.fresh(constants_catalogue).source == "database"
