"""A reload keeps the models that are as before, and takes none for as before that is not."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, AIProvider, ModelAlias, ModelRate
from igny8_core.business.billing.usage import Usage
from tests.callable_model import CallableModel

# At these keys PostgreSQL's own hashes of the two records change by the same bits where both amounts go from 1 to 2.
MODEL, CACHED, WRITTEN = 1_900_000_000, 1_900_000_270, 1_900_020_117
# PostgreSQL's own hash of a time folds its two halves, and is the same for these two.
TIME = "2026-01-01 00:00:00+00"


def entry(name: str) -> catalogue.Entry:
    found = catalogue.fresh(constants_catalogue).find(name)
    assert found is not None
    return found


def test_two_rates_that_change_alike(text_model: CallableModel) -> None:
    model = AIModelConfig.objects.create(
        pk=MODEL,
        model_name=f"{text_model.name}-other",
        display_name="Other",
        model_type="text",
        provider=text_model.provider,
        input_cost_per_1m=1,
        output_cost_per_1m=1,
    )
    try:
        ModelRate.objects.create(pk=CACHED, model=model, unit="cached_input_tokens", amount=1)
        ModelRate.objects.create(pk=WRITTEN, model=model, unit="cache_write_5m_tokens", amount=1)
        assert amounts(model) == [1, 1]
        ModelRate.objects.filter(model=model).update(amount=2)
        assert amounts(model) == [2, 2]
    finally:
        model.delete()


def amounts(model: AIModelConfig) -> list[Decimal]:
    [period] = entry(model.model_name).sheet.periods()
    rates = period.card.rates_for(Usage())
    return [rates[unit].amount for unit in ("cached_input_tokens", "cache_write_5m_tokens")]


def test_a_time_whose_hash_is_another_times(text_model: CallableModel) -> None:
    with connection.cursor() as cursor:
        # A step of 2**32 microseconds changes the upper half by some bits; the lower half is given the same ones.
        cursor.execute(
            "SELECT twin FROM (SELECT micros, ((micros >> 32) + 1) << 32 | ((micros & 4294967295)"
            " # (micros >> 32) # ((micros >> 32) + 1)) AS moved FROM (SELECT (extract(epoch FROM"
            " %s::timestamptz - '2000-01-01 00:00+00') * 1000000)::bigint AS micros) AS given) AS both_times,"
            " LATERAL (SELECT '2000-01-01 00:00+00'::timestamptz + moved * interval '1 microsecond' AS twin) AS t"
            " WHERE hashint8extended(micros, 0) = hashint8extended(moved, 0)",
            [TIME],
        )
        [[twin]] = cursor.fetchall()
    ModelRate.objects.create(model=text_model.config, unit="cached_input_tokens", amount=1, valid_from=TIME)
    [before] = entry(text_model.name).sheet.changes
    ModelRate.objects.filter(model=text_model.config).update(valid_from=twin)
    [after] = entry(text_model.name).sheet.changes
    assert before != after == twin


def columns(table: type[Any]) -> list[str]:
    return [field.column for field in table._meta.concrete_fields if not field.primary_key]


CHANGES = {
    "integer": "coalesce({0}, 0) + 1",
    "bigint": "coalesce({0}, 0) * 1000",
    "numeric": "coalesce({0}, 0) + 0.00000001",
    "boolean": "NOT {0}",
    "character varying": "{0} || 'x'",
    "text": "{0} || 'x'",
    "jsonb": "{0} || '[\"1x1\"]'",
    "date": "coalesce({0} + 1, current_date)",
    "timestamp with time zone": "coalesce({0} + interval '1 microsecond', now())",
}
# What names another row, or what the rules of the table keep as it is; a table's own test changes them.
KEPT = {"provider", "model_id", "updated_by_id", "is_default", "model_type", "slug", "unit", "image_size"}


@pytest.mark.parametrize("table", [AIModelConfig, AIProvider, ModelRate, ModelAlias])
def test_whichever_column_an_edit_changes(text_model: CallableModel, table: type[Any]) -> None:
    config = text_model.config
    ModelRate.objects.create(model=config, unit="images", amount=1)
    ModelAlias.objects.create(model=config, name=f"{config.model_name}-alias")
    row = {AIModelConfig: config.pk, AIProvider: text_model.provider.pk}.get(table) or table.objects.get(
        model=config
    ).pk
    for column in columns(table):
        if column not in KEPT:
            mark = mark_of(config)
            change(table, column, row)
            assert mark_of(config) != mark, column


def change(table: type[Any], column: str, row: int) -> None:
    name = table._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s"
            " AND table_schema = current_schema()",
            [name, column],
        )
        [[data_type]] = cursor.fetchall()
        new = CHANGES[data_type].format(column)
        if column == "per":
            new = "1000"
        cursor.execute(f"UPDATE {name} SET {column} = {new} WHERE id = %s", [row])
        assert cursor.rowcount == 1


def mark_of(config: AIModelConfig) -> object:
    # By its key: its name is changed too.
    marks = [each.mark for each in catalogue.fresh(constants_catalogue).models.values() if each.mark]
    [mark] = [mark for mark in marks if mark[0] == config.pk]
    return mark


@pytest.mark.parametrize(
    "edit",
    [
        lambda model: ModelRate.objects.filter(model=model).update(amount=2),
        lambda model: ModelAlias.objects.filter(model=model).delete(),
        lambda model: AIProvider.objects.filter(pk=model.provider.pk).update(is_active=False),
    ],
)
def test_what_an_edit_leaves_alone_is_kept(
    text_model: CallableModel, image_model: CallableModel, edit: Callable[[AIModelConfig], None]
) -> None:
    ModelRate.objects.create(model=text_model.config, unit="cached_input_tokens", amount=1)
    ModelAlias.objects.create(model=text_model.config, name=f"{text_model.name}-alias")
    before, other = entry(text_model.name), entry(image_model.name)
    edit(text_model.config)
    assert entry(text_model.name) is not before
    assert entry(image_model.name) is other


def test_a_child_that_is_forked_during_a_reload_reads_for_itself() -> None:
    readable, writable = os.pipe()
    with catalogue._reloading, warnings.catch_warnings():
        # That the parent has threads is the point.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                catalogue._snapshot = None
                os.write(writable, catalogue.current(constants_catalogue).source.encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writable)
    with os.fdopen(readable) as answer:
        assert answer.read() == "database"
