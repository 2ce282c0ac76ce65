"""The PostgreSQL server is killed (-9) at random moments under load: callers go on when it is back, and the money is right."""

from __future__ import annotations

import time

import pytest

from igny8_core.ai.emulator.client import Emulator
from tests.hold.kills import SOAK_KILLS, seeded_dice, sweep_and_check, under_load

# Recovery is over when the server has started; then nobody waits longer than for the next attempt.
BACK_WITHIN_SECONDS = 4.0


def test_three_crashes_lose_and_double_nothing(emulator: Emulator) -> None:
    kill_postgres(emulator, kills=3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_crashes_lose_and_double_nothing(emulator: Emulator) -> None:
    kill_postgres(emulator, kills=SOAK_KILLS)


def kill_postgres(emulator: Emulator, *, kills: int) -> None:
    dice = seeded_dice()
    with under_load(emulator) as (database, load):
        for _ in range(kills):
            time.sleep(dice.uniform(0.1, 0.8))
            database.server.kill()
            time.sleep(dice.uniform(0.0, 0.8))
            database.server.start()
            load.wait_for_charges(each=3, seconds=BACK_WITHIN_SECONDS)
        load.stop()

        calls = load.calls()
        # A caller may be told that the ledger is away, and nothing else.
        assert {call["error"] for call in calls if "error" in call} <= {"ledger_unavailable"}
        sweep_and_check(database, calls)
