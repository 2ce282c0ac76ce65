"""The product's own connections go where Django's go, and only to a server that keeps what it acknowledges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connections

from igny8_core.ai.ai_core import AICore
from igny8_core.business import postgres
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, Hold
from igny8_core.business.errors import LedgerUnavailable
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, held, settle, usage_rows


@pytest.fixture
def options(settings: Any) -> Any:
    """The OPTIONS of Django's database, to be changed by the test; connections of ours are opened anew."""
    settings.IGNY8_LEDGER_RETRY_SECONDS = 0.5
    options = connections["default"].settings_dict["OPTIONS"]
    before = dict(options)
    postgres.close()
    yield options
    options.clear()
    options.update(before)
    postgres.close()


def show(name: str) -> Any:
    query = "SELECT current_setting(%s)"
    rows = postgres.run(lambda connection: connection.execute(query, [name]).fetchall(), retry_seconds=1)
    return rows[0][0]


def test_the_search_path_is_djangos(options: dict[str, Any]) -> None:
    options["options"] = "-c search_path=public,pg_catalog"
    assert show("search_path") == "public,pg_catalog"
    assert show("lock_timeout") == "500ms"


def test_the_role_is_djangos(account: Account, options: dict[str, Any]) -> None:
    options["assume_role"] = "pg_read_all_data"
    with pytest.raises(LedgerUnavailable):  # this user may not take that role
        ledger.available_credits(account.pk)


@pytest.mark.parametrize(
    "setting",
    [
        "synchronous_commit=off",
        "default_transaction_isolation=serializable",
        "default_transaction_read_only=on",
    ],
)
def test_a_server_that_would_lose_a_charge_is_refused(
    account: Account, options: dict[str, Any], setting: str
) -> None:
    options["options"] = f"-c {setting}"
    with pytest.raises(LedgerUnavailable):
        ledger.available_credits(account.pk)


def test_a_server_that_takes_no_writes_for_a_while_is_tried_again(account: Account) -> None:
    request = held(account, 10)
    attempts = []

    def settle_once_read_only(connection: postgres.Connection) -> str:
        attempts.append(connection)
        if len(attempts) == 1:
            connection.execute("SET default_transaction_read_only = on")
        connection.execute("UPDATE credits_accountbalance SET floor = 0 WHERE account_id = %s", [account.pk])
        return "written"

    assert postgres.run(settle_once_read_only, retry_seconds=5) == "written"
    assert len(attempts) == 2
    assert attempts[0].closed
    assert settle(request, 4).outcome == "settled"


def test_one_at_a_time_and_a_closed_connection_lets_go(account: Account) -> None:
    with postgres.exclusive("test", account.pk) as first:
        with postgres.exclusive("test", account.pk) as second:
            assert (first, second) == (True, False)
        with postgres.exclusive("test", account.pk + 1) as other:
            assert other
    with postgres.exclusive("test", account.pk) as again:
        assert again


def test_with_the_database_away_the_ledgers_own_error_says_so(options: dict[str, Any]) -> None:
    options["options"] = "-c no_such_setting=1"
    with pytest.raises(LedgerUnavailable), postgres.exclusive("test", 1):
        pass


def test_a_hold_whose_reserve_lost_its_answer_is_given_back(
    account: Account, text_model: CallableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = ledger.reserve

    def lose_the_answer(requests: Any) -> Any:
        reserve(requests)
        raise psycopg.OperationalError("the connection is gone")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "reserve", lose_the_answer)
        with pytest.raises(psycopg.OperationalError):
            AICore(account=account).run_ai_request(
                prompt="Hi", model=text_model.name, max_tokens=5, idempotency_key="k"
            )
    assert text_model.count().received == 0
    assert Hold.objects.get(account=account).state == "void"
    assert balance(account) == (Decimal(1000), 0, 0)
    assert usage_rows(account) == [("void", "reserve_failed", 0)]
    result = AICore(account=account).run_ai_request(
        prompt="Hi", model=text_model.name, max_tokens=5, idempotency_key="k"
    )
    assert result.replayed is False
