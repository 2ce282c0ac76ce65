"""What the two tests of kills share: callers under load, a seed, and what must be true once the dust has settled."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any

from igny8_core.ai.emulator.client import Emulator
from tests.hold.callers import CAP, call_in_threads_until_stopped
from tests.hold.own_database import GRANTED, OwnDatabase, make_own_database
from tests.workers import Worker, start_workers

SOAK_KILLS = int(os.environ.get("IGNY8_KILLS", "20"))
WORKERS = 3
THREADS = 3
ACCOUNTS = 2
# So long that a kill nearly always meets calls that are with the provider.
PROVIDER_MS = 40
# Short, so that the holds of the dead expire while the test waits; longer than a reserve may be retried, so that no
# hold has expired before its call is sent.
SETTINGS = {"IGNY8_HOLD_SECONDS": 4, "IGNY8_LEDGER_RETRY_SECONDS": 3}
# Half a hold, $0.0005.
CREDITS = Decimal("0.05")


def seeded_dice() -> random.Random:
    """Dice whose seed is printed, and can be given: IGNY8_SEED."""
    seed = int(os.environ.get("IGNY8_SEED") or random.SystemRandom().getrandbits(32))
    print(f"IGNY8_SEED={seed}")  # noqa: T201 (pytest shows it where the test fails)
    return random.Random(seed)


class Load:
    """Workers that call without end. `calls` are all outcomes that were reported to a caller, the dead's included."""

    def __init__(self, database: OwnDatabase, stack: ExitStack) -> None:
        self._database = database
        self._stack = stack
        self._all: list[Worker] = []
        self.alive: list[Worker] = []
        self.start(WORKERS)

    def start(self, count: int) -> None:
        arguments = {"accounts": self._database.accounts, "model": self._database.model, "threads": THREADS}
        started = self._stack.enter_context(
            start_workers(
                call_in_threads_until_stopped,
                [arguments] * count,
                settings=SETTINGS,
                database_url=self._database.server.url,
            )
        )
        self.alive += started
        self._all += started
        for worker in started:
            worker.go()

    def kill(self, worker: Worker) -> None:
        self.alive.remove(worker)
        worker.kill()

    def stop(self) -> None:
        for worker in self.alive:
            worker.stop()
        for worker in self.alive:
            worker.finish(seconds=60)

    def calls(self) -> list[dict[str, Any]]:
        return [call for worker in self._all for call in worker.reports()]

    def wait_for_charges(self, *, each: int, seconds: float) -> None:
        """Until every living worker has been answered `each` more charged calls. Fails after `seconds`."""
        wanted = {worker.pid: charges_of(worker) + each for worker in self.alive}
        deadline = time.monotonic() + seconds
        while any(charges_of(worker) < wanted[worker.pid] for worker in self.alive):
            assert time.monotonic() < deadline, "the calls did not go on"
            time.sleep(0.02)


def charges_of(worker: Worker) -> int:
    return sum("credits" in call for call in worker.reports())


@contextmanager
def under_load(emulator: Emulator) -> Iterator[tuple[OwnDatabase, Load]]:
    """A database of the test's own, with workers that call through it."""
    with make_own_database(emulator, accounts=ACCOUNTS) as database, ExitStack() as stack:
        usage = {"prompt_tokens": 7, "completion_tokens": CAP // 2}
        emulator.script(database.model, {"usage": usage, "delay_ms": PROVIDER_MS})
        load = Load(database, stack)
        load.wait_for_charges(each=3, seconds=30)
        yield database, load


def wait_for_expiry(database: OwnDatabase) -> None:
    """Until every hold that the dead have left is past its expiry."""
    open_holds = (
        "SELECT count(*) FROM credits_hold WHERE state IN ('held', 'sent') AND expires_at > clock_timestamp()"
    )
    deadline = time.monotonic() + 30
    while database.rows(open_holds) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def sweep_and_check(database: OwnDatabase, calls: list[dict[str, Any]]) -> int:
    """Asserts that every call is accounted for, and returns how many holds were left to the sweeper."""
    wait_for_expiry(database)
    swept = database.manage("sweep_holds")
    assert swept["void"] == 0  # all had been sent
    report = database.manage("check_ledger")
    assert report["clean"] is True
    assert report["counts"]["usage_rows"] > 0
    assert_no_charge_is_lost_or_doubled(database, calls)
    assert_every_call_is_accounted_for(database)
    assert_balances_add_up(database)
    return int(swept["unknown"])


def assert_no_charge_is_lost_or_doubled(database: OwnDatabase, calls: list[dict[str, Any]]) -> None:
    settled = database.rows(
        "SELECT account_id, request_id::text, credits FROM credits_usage_log WHERE status = 'settled'"
    )
    charged = {(account, request_id): credits for account, request_id, credits in settled}
    assert len(charged) == len(settled)
    acknowledged = {
        (call["account"], call["request_id"]): Decimal(call["credits"]) for call in calls if "credits" in call
    }
    assert acknowledged
    assert acknowledged.items() <= charged.items()
    assert set(charged.values()) == {CREDITS}
    entries = database.rows(
        "SELECT account_id, request_id::text, -amount FROM credits_ledgerentry WHERE kind = 'charge'"
    )
    assert len(entries) == len(charged)
    assert {(account, request_id): amount for account, request_id, amount in entries} == charged


def assert_every_call_is_accounted_for(database: OwnDatabase) -> None:
    """Each hold has ended as settled or unknown; and the provider received no call without one of them."""
    states = dict(database.rows("SELECT state, count(*) FROM credits_hold GROUP BY state"))
    assert set(states) <= {"settled", "unknown"}
    received = database.emulator.count(database.model).received
    assert states["settled"] <= received <= sum(states.values())
    # What is unknown has one row that says so, and was charged nothing.
    unknown = database.rows(
        "SELECT account_id, request_id, 0::numeric FROM credits_hold WHERE state = 'unknown' ORDER BY 1, 2"
    )
    rows = database.rows(
        "SELECT account_id, request_id, credits FROM credits_usage_log WHERE status = 'unknown' ORDER BY 1, 2"
    )
    assert rows == unknown


def assert_balances_add_up(database: OwnDatabase) -> None:
    for account_id in database.accounts:
        [(posted, reserved, debt)] = database.rows(
            f"SELECT posted, reserved, debt FROM credits_accountbalance WHERE account_id = {account_id}"
        )
        [(settled, unknown)] = database.rows(
            "SELECT count(*) FILTER (WHERE state = 'settled'), count(*) FILTER (WHERE state = 'unknown')"
            f" FROM credits_hold WHERE account_id = {account_id}"
        )
        assert posted == GRANTED - settled * CREDITS
        assert reserved == unknown * 2 * CREDITS
        assert debt == 0
