"""Workers are killed (-9) at random moments under load: what they had acknowledged stays, and nothing is doubled."""

from __future__ import annotations

import time

import pytest

from igny8_core.ai.emulator.client import Emulator
from tests.hold.kills import SOAK_KILLS, THREADS, seeded_dice, sweep_and_check, under_load


def test_three_kills_lose_and_double_nothing(emulator: Emulator) -> None:
    kill_workers(emulator, kills=3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_kills_lose_and_double_nothing(emulator: Emulator) -> None:
    kill_workers(emulator, kills=SOAK_KILLS)


def kill_workers(emulator: Emulator, *, kills: int) -> None:
    dice = seeded_dice()
    with under_load(emulator) as (database, load):
        for _ in range(kills):
            time.sleep(dice.uniform(0.1, 0.8))
            load.kill(dice.choice(load.alive))
            load.start(1)
            load.wait_for_charges(each=1, seconds=30)
        load.stop()

        calls = load.calls()
        assert [call for call in calls if "error" in call] == []
        unfinished = sweep_and_check(database, calls)
        assert 1 <= unfinished <= kills * THREADS
        settled = database.rows("SELECT count(*) FROM credits_hold WHERE state = 'settled'")[0][0]
        # A kill may fall between a charge and its acknowledgement; there are no other charges that nobody knows of.
        assert settled - len(calls) <= kills * THREADS - unfinished
