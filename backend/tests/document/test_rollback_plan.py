"""Rollback Plan: the commands as an operator types them, on a server of the test's own, with charged calls from another
process at each step. The walk inside one process is in tests/modules/test_migrations.py."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from dev.postgres import ThrowawayServer, throwaway_server
from igny8_core.ai.ai_core import AICore
from igny8_core.ai.emulator.client import Emulator
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account
from tests.workers import BACKEND, Job, run_workers

MONEY = ("account", "accountbalance", "grant", "hold", "ledgerentry", "usage_log", "rate_card")


@pytest.fixture
def server() -> Iterator[ThrowawayServer]:
    with throwaway_server() as server:
        manage(server, "migrate")
        yield server


def manage(server: ThrowawayServer, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=BACKEND,
        env={**os.environ, "DATABASE_URL": server.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_charged_call(job: Job) -> None:
    """Runs in another process, as the product would. Reports where the price came from, and the exact cost."""
    account, is_new = Account.objects.get_or_create(slug="rollback", defaults={"name": "Rollback"})
    if is_new:
        ledger.grant(account_id=account.pk, external_id="first", source="purchase", amount=Decimal(1000))
    result = AICore(account=account).run_ai_request(prompt="Hello", max_tokens=30)
    job.report([result.cost_source, result.input_tokens, result.output_tokens, result.cost])


def charged_call(server: ThrowawayServer, emulator: Emulator) -> tuple[str, Decimal]:
    """(source, what the input tokens of the call cost in USD per million)"""
    arguments: list[dict[str, Any]] = [{}]
    settings = {"IGNY8_EMULATOR_URL": emulator.url}
    [[report]] = run_workers(
        make_charged_call, arguments, seconds=60, settings=settings, database_url=server.url
    )
    source, input_tokens, output_tokens, cost = report
    return source, (Decimal(cost) * 1_000_000 - output_tokens * Decimal("0.60")) / input_tokens


def rows(server: ThrowawayServer) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of money, as text."""
    with psycopg.connect(server.url) as connection:
        return {
            table: connection.execute(f"SELECT t::text FROM credits_{table} t ORDER BY 1").fetchall()
            for table in MONEY
        }


def edit_price(server: ThrowawayServer, price: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute(
            "UPDATE billing_aimodelconfig SET input_cost_per_1m = %s WHERE model_name = 'gpt-4o-mini'",
            [price],
        )


def test_the_rollback_and_the_way_forward_again(
    server: ThrowawayServer, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1. Code level: all functions have fallback to constants. 2. Database level: `python manage.py migrate billing
    0019`. 3. Data level: no existing data affected (CreditUsageLog unchanged). 4. Time required: < 5 minutes: it all
    fits into one test, which is ended after 300 s. Parked edits of other kinds: tests/modules/test_migrations.py.

    Edited prices are parked, and come back with `python manage.py migrate`."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    edit_price(server, "0.75")
    assert charged_call(server, emulator) == ("database", Decimal("0.75"))
    before = rows(server)

    manage(server, "migrate", "billing", "0019")
    assert rows(server) == before
    assert charged_call(server, emulator) == ("constants", Decimal("0.15"))
    manage(server, "check_ledger")

    before = rows(server)
    manage(server, "migrate")
    assert rows(server) == before
    assert charged_call(server, emulator) == ("database", Decimal("0.75"))
    manage(server, "check_ledger")
    assert [len(rows(server)[table]) for table in ("hold", "usage_log", "rate_card")] == [3, 3, 2]
