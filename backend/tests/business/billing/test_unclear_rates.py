"""Two rates that could both win are refused, by PostgreSQL whoever writes them, and by the same rule in Python."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from dev.binaries import find_binaries
from igny8_core.business import postgres
from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet, unclear_pairs
from igny8_core.business.billing.rate_cards import ANY, Rate
from tests.business.billing.sheets import MOMENTS, dated_rates, sheet
from tests.callable_model import CallableModel

Connection = psycopg.Connection[Any]
INSERT = (
    "INSERT INTO billing_modelrate (model_id, unit, amount, per, service_tier, is_batch, above_input_tokens, image_size,"
    " image_quality, valid_from, valid_to, is_estimate, source_url)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')"
)


@pytest.fixture
def database(text_model: CallableModel) -> Iterator[Connection]:
    """Rolled back before the model goes, which would wait for it."""
    with psycopg.connect(**postgres.connection_options()) as connection:
        yield connection
        connection.rollback()


def insert(connection: Connection, model: int, *rates: DatedRate) -> None:
    for dated in rates:
        rate = dated.rate
        values = [model, rate.unit, rate.amount, rate.per, rate.service_tier, rate.is_batch]
        values += [rate.above_input_tokens, rate.image_size, rate.image_quality]
        connection.execute(INSERT, [*values, dated.valid_from, dated.valid_to, rate.is_estimate])


def is_refused(connection: Connection) -> bool:
    try:
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.errors.ExclusionViolation as error:
        return error.diag.constraint_name == "model_rates_are_clear"
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    return False


@st.composite
def crowded_sheets(draw: st.DrawFn) -> PriceSheet:
    """Few units and few amounts, so that rates meet, overlap, touch, and say the same."""
    amounts = st.sampled_from([Decimal(1), Decimal(2)])
    rates = draw(st.lists(dated_rates(("input_tokens", "images")), min_size=1, max_size=5))
    return sheet(
        [
            DatedRate(
                Rate(rate.unit, draw(amounts), 1 if rate.unit == "images" else 1_000_000, *rate.conditions),
                dated.valid_from,
                dated.valid_to,
            )
            for dated in rates
            for rate in [dated.rate]
        ],
        input_cost_per_1m=draw(st.none() | amounts),
        cost_per_image=draw(st.none() | amounts),
        # The model is of the kind that its base prices allow; neither the text nor the image price alone decides.
    )


def rate(
    amount: int = 2,
    *,
    unit: str = "cached_input_tokens",
    start: datetime | None = None,
    end: datetime | None = None,
    **conditions: Any,
) -> DatedRate:
    """A rate of a unit that has no base price, unless it is told of one that has."""
    return DatedRate(Rate(unit, Decimal(amount), 1_000_000, **conditions), start, end)


# A rate that says what the base price says is one of two rates all the same.
SAME_AS_THE_BASE = sheet(
    [rate(1, unit="input_tokens"), rate(2, unit="input_tokens")], input_cost_per_1m=Decimal(1)
)
GAP_IN_WHAT_DECIDES = sheet(
    [
        rate(service_tier="flex"),
        rate(3, above_input_tokens=1000, service_tier=ANY),
        rate(4, above_input_tokens=1000, service_tier="flex", end=MOMENTS[1]),
        rate(5, above_input_tokens=1000, service_tier="flex", start=MOMENTS[2]),
    ]
)


@examples(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crowded_sheets())
@example(SAME_AS_THE_BASE)
@example(GAP_IN_WHAT_DECIDES)
def test_postgresql_refuses_exactly_what_python_calls_unclear(
    database: Connection, found: PriceSheet
) -> None:
    # Neither text nor image: each base price may be there or not.
    [[model]] = database.execute(
        "INSERT INTO billing_aimodelconfig (model_name, display_name, model_type, provider, description, valid_sizes,"
        " supports_json_mode, supports_vision, supports_function_calling, is_active, is_default, sort_order, created_at,"
        " updated_at, input_cost_per_1m, cost_per_image) VALUES ('crowded', 'Crowded', 'other', 'openai', '', '[]',"
        " false, false, false, true, false, 0, now(), now(), %s, %s) RETURNING id",
        [found.input_cost_per_1m, found.cost_per_image],
    ).fetchall()
    insert(database, model, *found.rates)
    refused = is_refused(database)
    database.rollback()
    assert refused == bool(unclear_pairs(found))


CLEAR = {
    "one ends as the other begins": [rate(end=MOMENTS[0]), rate(3, start=MOMENTS[0])],
    "one is a special case of the other": [rate(service_tier="flex"), rate(3, service_tier=ANY)],
    "no call can meet both": [rate(service_tier="flex"), rate(3, service_tier="priority")],
    "a third is for just what meets both": [
        rate(service_tier="flex"),
        rate(3, service_tier=ANY, above_input_tokens=1000),
        rate(4, service_tier="flex", above_input_tokens=1000),
    ],
    "two in turn are for what meets both": [
        rate(service_tier="flex"),
        rate(3, service_tier=ANY, above_input_tokens=1000),
        rate(4, service_tier="flex", above_input_tokens=1000, end=MOMENTS[0]),
        rate(5, service_tier="flex", above_input_tokens=1000, start=MOMENTS[0]),
    ],
    "a rate takes the base price's place": [
        rate(unit="input_tokens", start=MOMENTS[0], end=MOMENTS[1]),
        rate(3, unit="input_tokens", start=MOMENTS[1]),
    ],
}
UNCLEAR = {
    "the same conditions for an hour": [rate(end=MOMENTS[1]), rate(3, start=MOMENTS[0])],
    "the same conditions and the same price": [rate(), rate()],
    "tier against threshold": [
        rate(service_tier="flex"),
        rate(3, service_tier=ANY, above_input_tokens=1000),
    ],
    "tier against batch": [
        rate(service_tier="flex", is_batch=None),
        rate(3, service_tier=ANY, is_batch=True),
    ],
    "what decides comes too late": [
        rate(service_tier="flex"),
        rate(3, service_tier=ANY, above_input_tokens=1000),
        rate(4, service_tier="flex", above_input_tokens=1000, start=MOMENTS[0]),
    ],
    "what decides has a gap": list(GAP_IN_WHAT_DECIDES.rates),
    "one says what the base price says": list(SAME_AS_THE_BASE.rates),
    "the base price against any tier's long prompts": [
        rate(unit="input_tokens", service_tier=ANY, above_input_tokens=1000)
    ],
}


@pytest.mark.parametrize("name", [*CLEAR, *UNCLEAR])
def test_named_cases(database: Connection, text_model: CallableModel, name: str) -> None:
    rates = CLEAR.get(name) or UNCLEAR[name]
    insert(database, text_model.config.pk, *rates)
    assert is_refused(database) == (name in UNCLEAR)
    of_model = sheet(rates, input_cost_per_1m=Decimal(1), output_cost_per_1m=Decimal(10))
    assert bool(unclear_pairs(of_model)) == (name in UNCLEAR)


def test_the_order_of_the_rows_does_not_matter(database: Connection, text_model: CallableModel) -> None:
    for rates in (*CLEAR.values(), *UNCLEAR.values()):
        assert bool(unclear_pairs(sheet(rates))) == bool(unclear_pairs(sheet(rates[::-1])))


@pytest.fixture
def deciding(text_model: CallableModel) -> list[ModelRate]:
    """Flex, long context, and the rate for both, of which neither of the others can win."""
    rates: Any = text_model.config.rates
    with transaction.atomic():
        return [
            rates.create(unit="cached_input_tokens", amount=2, service_tier="flex"),
            rates.create(unit="cached_input_tokens", amount=3, service_tier="*", above_input_tokens=1000),
            rates.create(unit="cached_input_tokens", amount=4, service_tier="flex", above_input_tokens=1000),
        ]


def test_the_rate_that_decides_cannot_be_deleted(
    text_model: CallableModel, deciding: list[ModelRate]
) -> None:
    with pytest.raises(IntegrityError, match="could both win") as caught:
        deciding[2].delete()
    assert "model_rates_are_clear" in repr(caught.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    assert text_model.config.rates.count() == 3  # type: ignore[attr-defined]


def test_the_rate_that_decides_cannot_move_to_another_model(
    text_model: CallableModel, deciding: list[ModelRate]
) -> None:
    other = AIModelConfig.objects.get(model_name="gpt-4o")
    with pytest.raises(IntegrityError, match=f"of {text_model.name} could both win"):
        ModelRate.objects.filter(pk=deciding[2].pk).update(model=other)
    assert text_model.config.rates.count() == 3  # type: ignore[attr-defined]


def test_an_update_that_makes_two_unclear_is_refused(
    text_model: CallableModel, deciding: list[ModelRate]
) -> None:
    with pytest.raises(IntegrityError, match="could both win"):
        ModelRate.objects.filter(pk=deciding[2].pk).update(service_tier="priority")
    deciding[2].refresh_from_db()
    assert deciding[2].service_tier == "flex"


def test_two_may_be_unclear_until_the_transaction_ends(
    text_model: CallableModel, deciding: list[ModelRate]
) -> None:
    with transaction.atomic():
        deciding[2].delete()
        deciding[0].delete()
    assert text_model.config.rates.count() == 1  # type: ignore[attr-defined]


def test_a_base_price_that_comes_to_be_may_make_two_unclear(database: Connection) -> None:
    """The base price is for any standard prompt, the rate for any tier's long prompts: a standard long one has two."""
    model = AIModelConfig.objects.get(model_name="dall-e-3").pk
    insert(database, model, rate(unit="input_tokens", service_tier=ANY, above_input_tokens=1000))
    assert not is_refused(database)
    change = "UPDATE billing_aimodelconfig SET input_cost_per_1m = %s WHERE id = %s"
    database.execute(change, [Decimal(1), model])
    assert is_refused(database)
    database.rollback()
    insert(database, model, rate(unit="input_tokens", service_tier=ANY, above_input_tokens=1000))
    database.execute(change, [Decimal(1), model])
    insert(database, model, rate(unit="input_tokens", above_input_tokens=1000))
    assert not is_refused(database)


def is_refused_at_commit(connection: Connection) -> bool:
    try:
        connection.commit()
    except psycopg.errors.ExclusionViolation:
        return True
    return False


def test_psql_is_refused_too(text_model: CallableModel) -> None:
    columns = "model_id, unit, amount, per, service_tier, above_input_tokens, image_size, image_quality, is_estimate, source_url, is_batch"
    values = f"{text_model.config.pk}, 'input_tokens', 2, 1000000, '', 0, '', '', false, '', false"
    statement = f"INSERT INTO billing_modelrate ({columns}) VALUES ({values}), ({values})"
    psql = [
        find_binaries().folder / "psql",
        "--no-psqlrc",
        "--dbname",
        os.environ["DATABASE_URL"],
        "--command",
    ]
    done = subprocess.run([*psql, statement], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"of {text_model.name} could both win for input_tokens" in done.stderr
    assert "HINT:  End one before the other begins, or add a rate for just what meets both." in done.stderr
    assert not ModelRate.objects.filter(model=text_model.config).exists()


def test_of_two_transactions_that_race_to_insert_one_is_refused(text_model: CallableModel) -> None:
    """Neither sees the other's row when it inserts its own: the second waits for the first, and looks again."""
    model = text_model.config.pk
    outcomes: list[bool] = []
    with psycopg.connect(**postgres.connection_options()) as first:
        insert(first, model, rate(2))

        def insert_another() -> None:
            with psycopg.connect(**postgres.connection_options()) as second:
                insert(second, model, rate(3))
                outcomes.append(is_refused_at_commit(second))

        thread = threading.Thread(target=insert_another)
        thread.start()
        wait_until_somebody_waits(first)
        outcomes.append(is_refused_at_commit(first))
        thread.join()
    assert outcomes == [False, True]
    assert [row.amount for row in ModelRate.objects.filter(model=model)] == [2]


def test_a_race_at_a_stricter_isolation_is_refused_as_well(text_model: CallableModel) -> None:
    model = text_model.config.pk
    with (
        psycopg.connect(**postgres.connection_options()) as first,
        psycopg.connect(**postgres.connection_options()) as second,
    ):
        for connection in (first, second):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("SELECT FROM billing_modelrate")
        insert(first, model, rate(2))
        first.commit()
        with pytest.raises(psycopg.errors.SerializationFailure):
            insert(second, model, rate(3))
        second.rollback()
    assert ModelRate.objects.filter(model=model).count() == 1


def wait_until_somebody_waits(connection: Connection) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    deadline = time.monotonic() + 10
    with psycopg.connect(**postgres.connection_options(), autocommit=True) as watcher:
        while watcher.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)
