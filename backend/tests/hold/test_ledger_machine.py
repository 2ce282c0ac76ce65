"""Random sequences of ledger operations: the database does what the reference model does, step by step."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from igny8_core.business.credits.ledger_audit import audit_ledger
from igny8_core.business.credits.models import LedgerEntry
from tests.hold.ledger_machine import ACCOUNTS, OWNERS, REQUESTS, LedgerMachine
from tests.hold.ledger_model import Ask, Bill, End

WALKS, STEPS = 12, 60

# All that the ledger may answer, of a settle with the state that it met; the sequences must meet each.
EVERY_OUTCOME = {
    *(f"grant: {outcome}" for outcome in ("granted", "replayed", "conflict")),
    *(
        f"reserve: {outcome}"
        for outcome in ("held", "duplicate", "conflict", "stale", "insufficient", "refused")
    ),
    *(f"settle: {state} settled" for state in ("held", "sent", "unknown", "void")),
    *(f"settle: {state} superseded" for state in ("held", "sent", "unknown", "void", "settled")),
    "settle: settled replayed",
    "settle: none missing",
    *(f"void: {outcome}" for outcome in ("void", "unknown", "unchanged", "missing")),
    *(f"sweep: {outcome}" for outcome in ("void", "unknown")),
}


@pytest.fixture(autouse=True)
def _audit() -> Iterator[None]:
    """Afterwards no account of the machines breaks an invariant."""
    LedgerMachine.account_ids.clear()
    LedgerMachine.outcomes.clear()
    yield
    broken = {name: set(ids) & set(LedgerMachine.account_ids) for name, ids in audit_ledger().broken.items()}
    assert not any(broken.values()), broken


def test_no_sequence_is_found_in_which_the_ledger_differs_from_the_model() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_fixed_walks_that_meet_every_answer_find_the_ledger_as_the_model_says() -> None:
    for number in range(WALKS):
        walk(random.Random(number))

    assert set(LedgerMachine.outcomes) == EVERY_OUTCOME
    entries = LedgerEntry.objects.filter(account__in=LedgerMachine.account_ids)
    assert set(entries.values_list("kind", flat=True)) == {"grant", "charge", "overrun", "expiry"}


def walk(dice: random.Random) -> None:
    machine = LedgerMachine()
    for _ in range(STEPS):
        step(machine, dice)
        machine.the_database_is_as_the_model()


def step(machine: LedgerMachine, dice: random.Random) -> None:
    times = dice.choice([1, 1, 2])
    match dice.choice(["grant", "reserve", "reserve", "settle", "void", "sweep", "switch"]):
        case "grant":
            machine.grant(
                account=dice.randrange(ACCOUNTS),
                external=dice.randrange(12),
                amount=dice.choice([Decimal("0.0001"), Decimal(5), Decimal(30)]),
                priority=dice.choice([50, 100]),
                is_paid=dice.random() < 0.5,
                expiry=dice.choice([None, None, None, -2, -1, 1, 2]),
                times=times,
            )
        case "reserve":
            asks = [random_ask(dice, request) for request in some_requests(dice)]
            machine.reserve(batch=asks, times=times)
        case "settle":
            machine.settle(batch=[random_bill(dice, request) for request in some_requests(dice)], times=times)
        case "void":
            machine.void(batch=[random_end(dice, request) for request in some_requests(dice)], times=times)
        case "sweep":
            machine.sweep()
        case "switch":
            machine.switch(account=dice.randrange(ACCOUNTS), is_active=dice.random() < 0.7)
            machine.move_the_floor(account=dice.randrange(ACCOUNTS), floor=Decimal(dice.choice([-20, 0, 5])))


def some_requests(dice: random.Random) -> list[tuple[int, int]]:
    every = [(account, request) for account in range(ACCOUNTS) for request in range(REQUESTS)]
    return dice.sample(every, dice.randint(1, 4))


def random_credits(dice: random.Random) -> Decimal:
    return Decimal(dice.choice([0, 1, 40, dice.randint(0, 400_000)])) / dice.choice([1, 10_000])


def random_ask(dice: random.Random, request: tuple[int, int]) -> Ask:
    return Ask(
        account=request[0],
        request=request[1],
        amount=random_credits(dice),
        owner=dice.randrange(OWNERS),
        body=dice.choice([0, 0, 0, 1]),
        card=dice.randrange(2),
        state=dice.choice(["held", "sent"]),
        is_due=dice.random() < 0.5,
        is_stale=dice.random() < 0.1,
    )


def random_bill(dice: random.Random, request: tuple[int, int]) -> Bill:
    return Bill(
        account=request[0],
        request=request[1],
        attempts_ago=dice.choice([0, 0, 0, 1]),
        is_other_card=dice.random() < 0.2,
        credits=random_credits(dice) % 40,
    )


def random_end(dice: random.Random, request: tuple[int, int]) -> End:
    return End(
        account=request[0],
        request=request[1],
        attempts_ago=dice.choice([0, 0, 0, 1]),
        state=dice.choice(["void", "unknown"]),
    )
