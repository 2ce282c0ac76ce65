"""The database is away while a call is with its provider: the call is charged as soon as it is back."""

from __future__ import annotations

import time
from decimal import Decimal

from igny8_core.ai.emulator.client import Emulator
from tests.hold.callers import CAP, call_in_threads_until_stopped
from tests.hold.own_database import OwnDatabase, make_own_database
from tests.workers import start_workers

PROVIDER_MS = 500
# Longer than anything that waits for a single connection; shorter than a settle is retried.
OUTAGE_SECONDS = 3.0
BACK_WITHIN_SECONDS = 3.0


def test_a_call_that_was_with_its_provider_is_charged_soon_after_the_database_is_back(
    emulator: Emulator,
) -> None:
    with make_own_database(emulator, accounts=1) as database:
        usage = {"prompt_tokens": 7, "completion_tokens": CAP}
        emulator.script(database.model, {"usage": usage, "delay_ms": PROVIDER_MS})
        arguments = {"accounts": database.accounts, "model": database.model, "threads": 1}
        with start_workers(call_in_threads_until_stopped, [arguments], database_url=database.server.url) as [
            worker
        ]:
            worker.go()
            wait_until_called(database)
            database.server.kill()
            worker.stop()
            time.sleep(OUTAGE_SECONDS)
            assert worker.reports() == []
            database.server.start()
            [call] = worker.finish(seconds=BACK_WITHIN_SECONDS)

        assert Decimal(call["credits"]) == Decimal("0.1")
        assert database.emulator.count(database.model).received == 1
        rows = database.rows("SELECT request_id::text, status, credits FROM credits_usage_log")
        assert rows == [(call["request_id"], "settled", Decimal("0.1"))]
        assert database.manage("check_ledger")["clean"] is True


def wait_until_called(database: OwnDatabase) -> None:
    deadline = time.monotonic() + 30
    while database.emulator.count(database.model).received == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
