"""Whoever changes a price and however, each transaction that changes a model's prices leaves one version of them."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from dev.binaries import find_binaries
from igny8_core.business import postgres
from igny8_core.business.billing.models import AIModelConfig, ModelRate, PriceVersion
from igny8_core.business.billing.price_history import prices_at, versions_of
from tests.business.billing.test_unclear_rates import wait_until_somebody_waits
from tests.callable_model import CallableModel


def versions(name: str) -> list[Any]:
    """[(input price, amounts of the rates), …] from the first; None where the model was deleted."""
    found = []
    for prices in (
        PriceVersion.objects.filter(model_name=name).order_by("id").values_list("prices", flat=True)
    ):
        if prices is None:
            found.append(None)
        else:
            price = prices["input_cost_per_1m"]
            found.append((price and Decimal(price), [Decimal(rate["amount"]) for rate in prices["rates"]]))
    return found


def new_rate(model: AIModelConfig, amount: int = 2, tier: str = "flex") -> ModelRate:
    return ModelRate(model=model, unit="input_tokens", amount=amount, service_tier=tier)


def psql(statement: str, *, options: str = "") -> str:
    command = [find_binaries().folder / "psql", "--no-psqlrc", "--dbname", os.environ["DATABASE_URL"]]
    environment = {**os.environ, "PGOPTIONS": options}
    return subprocess.run(
        [*command, "--command", statement], env=environment, capture_output=True, text=True, check=True
    ).stdout


def by_save(model: AIModelConfig) -> None:
    model.input_cost_per_1m = Decimal(7)
    model.save()


def by_update(model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=7)


def by_bulk_update(model: AIModelConfig) -> None:
    model.input_cost_per_1m = Decimal(7)
    AIModelConfig.objects.bulk_update([model], ["input_cost_per_1m"])


def by_psql(model: AIModelConfig) -> None:
    assert (
        psql(f"UPDATE billing_aimodelconfig SET input_cost_per_1m = 7 WHERE id = {model.pk}") == "UPDATE 1\n"
    )


@pytest.mark.parametrize("edit", [by_save, by_update, by_bulk_update, by_psql])
def test_a_base_price(text_model: CallableModel, edit: Callable[[AIModelConfig], None]) -> None:
    edit(text_model.config)
    assert versions(text_model.name) == [(1, []), (7, [])]


def test_a_rate_that_is_added_changed_and_deleted(text_model: CallableModel) -> None:
    rate = new_rate(text_model.config)
    rate.save()
    ModelRate.objects.filter(pk=rate.pk).update(amount=3)
    rate.delete()
    assert versions(text_model.name) == [(1, []), (1, [2]), (1, [3]), (1, [])]


def test_rates_in_bulk_are_one_version(text_model: CallableModel) -> None:
    tiers = ("flex", "priority", "scale")
    ModelRate.objects.bulk_create(
        [new_rate(text_model.config, number, tier) for number, tier in enumerate(tiers, start=2)]
    )
    ModelRate.objects.filter(model=text_model.config).delete()
    assert versions(text_model.name) == [(1, []), (1, [2, 3, 4]), (1, [])]


def test_several_edits_of_one_transaction_are_one_version_of_what_they_came_to(
    text_model: CallableModel,
) -> None:
    with transaction.atomic():
        by_save(text_model.config)
        new_rate(text_model.config).save()
        ModelRate.objects.filter(model=text_model.config).update(amount=5)
    assert versions(text_model.name) == [(1, []), (7, [5])]


def test_what_a_transaction_does_and_undoes_is_no_version(text_model: CallableModel) -> None:
    new_rate(text_model.config).save()
    before = versions(text_model.name)
    with transaction.atomic():
        ModelRate.objects.filter(model=text_model.config).delete()
        new_rate(text_model.config).save()
        by_update(text_model.config)
        AIModelConfig.objects.filter(pk=text_model.config.pk).update(input_cost_per_1m=1)
    assert versions(text_model.name) == before == [(1, []), (1, [2])]


def test_a_model_that_comes_and_goes_in_one_transaction_leaves_nothing(text_model: CallableModel) -> None:
    with transaction.atomic():
        model = AIModelConfig.objects.get(pk=text_model.config.pk)
        model.pk, model.model_name = None, "come-and-gone"
        model.save()
        new_rate(model).save()
        model.delete()
    assert versions("come-and-gone") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_aimodelconfig SET input_cost_per_1m = input_cost_per_1m WHERE id = {}",
        "UPDATE billing_aimodelconfig SET input_cost_per_1m = 1.0 WHERE id = {}",
        "UPDATE billing_aimodelconfig SET display_name = 'Other', is_active = false, sort_order = 9 WHERE id = {}",
        "UPDATE billing_modelrate SET amount = 2.000 WHERE model_id = {}",
        "DELETE FROM billing_modelrate WHERE unit = 'images' AND model_id = {}",
    ],
)
def test_where_no_price_changes_there_is_no_version(text_model: CallableModel, statement: str) -> None:
    new_rate(text_model.config).save()
    psql(statement.format(text_model.config.pk))
    assert versions(text_model.name) == [(1, []), (1, [2])]


def test_a_rolled_back_transaction_leaves_none(text_model: CallableModel) -> None:
    with transaction.atomic():
        by_save(text_model.config)
        new_rate(text_model.config).save()
        transaction.set_rollback(True)
    assert versions(text_model.name) == [(1, [])]


def test_a_deleted_model_had_its_prices_until_then(text_model: CallableModel) -> None:
    new_rate(text_model.config).save()
    pk = text_model.config.pk
    text_model.config.delete()
    assert versions(text_model.name) == [(1, []), (1, [2]), None]
    last, end = versions_of(text_model.name)[-2:]
    assert prices_at(text_model.name, last.recorded_at) == last.sheet
    assert (end.sheet, prices_at(text_model.name, end.recorded_at)) == (None, None)
    text_model.config.pk = pk


def test_a_renamed_model_ends_under_one_name_and_begins_under_the_other(text_model: CallableModel) -> None:
    new_rate(text_model.config).save()
    new = f"{text_model.name}-renamed"
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(model_name=new)
    assert versions(text_model.name) == [(1, []), (1, [2]), None]
    assert versions(new) == [(1, [2])]


def test_a_rate_that_moves_to_another_model_is_a_version_of_both(text_model: CallableModel) -> None:
    other = AIModelConfig.objects.get(model_name="gpt-4o")
    before = len(versions("gpt-4o"))
    rate = new_rate(text_model.config)
    rate.save()
    ModelRate.objects.filter(pk=rate.pk).update(model=other)
    try:
        assert versions(text_model.name) == [(1, []), (1, [2]), (1, [])]
        assert Decimal(2) in versions("gpt-4o")[before][1]
    finally:
        rate.delete()
    assert len(versions("gpt-4o")) == before + 2


@pytest.mark.parametrize(
    ("tables", "after"),
    [("billing_modelrate", (1, [])), ("billing_modelrate, billing_aimodelconfig, billing_modelalias", None)],
)
def test_truncate_is_recorded(text_model: CallableModel, tables: str, after: object) -> None:
    new_rate(text_model.config).save()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}")
        assert versions(text_model.name) == [(1, []), (1, [2]), after]
        transaction.set_rollback(True)
    assert versions(text_model.name) == [(1, []), (1, [2])]


def test_the_sessions_own_style_of_dates_and_time_zone_do_not_matter(text_model: CallableModel) -> None:
    """What psql shows on that machine is not what is recorded, and the next edit finds nothing changed."""
    style = "-c datestyle=German -c timezone=Pacific/Auckland -c extra_float_digits=0"
    psql(
        "INSERT INTO billing_modelrate (model_id, unit, amount, per, service_tier, is_batch, above_input_tokens,"
        " image_size, image_quality, valid_from, valid_to, is_estimate, source_url, checked_on) VALUES"
        f" ({text_model.config.pk}, 'input_tokens', 2, 1000000, 'flex', false, 0, '', '',"
        " '2026-07-01 12:00:00.25+00', '2026-12-31 23:59:59.999999+00', false, '', '2026-02-03')",
        options=style,
    )
    by_update(text_model.config)
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(display_name="Seen in another style")
    assert versions(text_model.name) == [(1, []), (1, [2]), (7, [2])]
    last = PriceVersion.objects.filter(model_name=text_model.name).latest("id").prices["rates"][0]  # type: ignore[index]
    assert (last["valid_from"], last["valid_to"], last["checked_on"]) == (
        "2026-07-01T12:00:00.25+00:00",
        "2026-12-31T23:59:59.999999+00:00",
        "2026-02-03",
    )
    sheet = versions_of(text_model.name)[-1].sheet
    assert sheet is not None
    assert sheet.rates == AIModelConfig.objects.get(pk=text_model.config.pk).price_sheet.rates


def test_two_edits_at_once_are_two_versions_and_the_last_has_both(text_model: CallableModel) -> None:
    """One changes the base price while the other adds a rate: neither row is the other's, and each waits its turn."""
    pk = text_model.config.pk
    with psycopg.connect(**postgres.connection_options()) as first:
        first.execute("UPDATE billing_aimodelconfig SET input_cost_per_1m = 7 WHERE id = %s", [pk])

        def add_a_rate() -> None:
            with connection_of_its_own() as second:
                second.execute(
                    "INSERT INTO billing_modelrate (model_id, unit, amount, per, service_tier, is_batch,"
                    " above_input_tokens, image_size, image_quality, is_estimate, source_url)"
                    " VALUES (%s, 'input_tokens', 2, 1000000, 'flex', false, 0, '', '', false, '')",
                    [pk],
                )

        thread = threading.Thread(target=add_a_rate)
        thread.start()
        wait_until_somebody_waits(first)
        first.commit()
        thread.join()
    assert versions(text_model.name) == [(1, []), (7, []), (7, [2])]
    times = [version.recorded_at for version in versions_of(text_model.name)]
    assert times == sorted(set(times))


def connection_of_its_own() -> psycopg.Connection[Any]:
    return psycopg.connect(**postgres.connection_options())


def test_many_edits_at_once_leave_one_version_each(text_model: CallableModel) -> None:
    pk = text_model.config.pk

    def edit(start: int) -> None:
        with psycopg.connect(**postgres.connection_options(), autocommit=True) as own:
            for number in range(start, start + 10):
                own.execute(
                    "UPDATE billing_aimodelconfig SET input_cost_per_1m = %s WHERE id = %s", [number, pk]
                )

    threads = [threading.Thread(target=edit, args=[start]) for start in (100, 200, 300, 400)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [first, *others] = versions(text_model.name)
    assert first == (1, [])
    assert sorted(price for price, _ in others) == [
        *range(100, 110),
        *range(200, 210),
        *range(300, 310),
        *range(400, 410),
    ]
    text_model.config.refresh_from_db()
    assert others[-1] == (text_model.config.input_cost_per_1m, [])


def test_the_record_names_its_transaction_and_the_time_of_its_commit(text_model: CallableModel) -> None:
    with psycopg.connect(**postgres.connection_options()) as own:
        [[number, began]] = own.execute("SELECT pg_current_xact_id()::text::bigint, now()").fetchall()
        own.execute(
            "UPDATE billing_aimodelconfig SET input_cost_per_1m = 7 WHERE id = %s", [text_model.config.pk]
        )
        [[before]] = own.execute("SELECT clock_timestamp()").fetchall()
    version = PriceVersion.objects.get(model_name=text_model.name, transaction=number)
    assert version.began == began < before < version.recorded_at
