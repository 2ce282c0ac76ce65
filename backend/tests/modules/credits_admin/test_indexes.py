"""The indexes that the lists need are in the database as the models say, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

INDEXES = {
    (model._meta.db_table, index.name): list(index.fields)
    for model in apps.get_app_config("credits").get_models()
    for index in model._meta.indexes
}


def in_database() -> dict[tuple[str, str], list[str]]:
    """Columns by table and index, of the indexes that the models name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.relname, c.relname, array_agg(a.attname::text ORDER BY k.place) FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid,"
            " unnest(i.indkey) WITH ORDINALITY AS k (attnum, place), pg_attribute a"
            " WHERE a.attrelid = i.indrelid AND a.attnum = k.attnum AND c.relname = ANY (%s) AND i.indisvalid"
            " GROUP BY t.relname, c.relname",
            [[name for _, name in INDEXES]],
        )
        return {(table, name): columns for table, name, columns in cursor.fetchall()}


def migrate(target: str) -> None:
    call_command("migrate", "credits", target, verbosity=0)


@pytest.fixture
def _forward_again() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def test_the_database_has_the_indexes_that_the_models_name() -> None:
    assert len(INDEXES) == 9
    assert in_database() == INDEXES


@pytest.mark.usefixtures("_forward_again")
def test_they_can_be_taken_back_and_made_again() -> None:
    migrate("0001")
    assert in_database() == {}
    migrate("0002")
    assert INDEXES.keys() - in_database().keys() == {("credits_usage_log", "usage_that_is_not_exact")}
    migrate("0004")
    assert in_database() == INDEXES


def test_every_month_of_the_usage_log_has_them() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.inhrelid::regclass::text, count(x.inhrelid) FROM pg_inherits p"
            " JOIN pg_index i ON i.indrelid = p.inhrelid LEFT JOIN pg_inherits x ON x.inhrelid = i.indexrelid"
            " AND x.inhparent::regclass::text = ANY (%s)"
            " WHERE p.inhparent = 'credits_usage_log'::regclass GROUP BY 1",
            [[name for table, name in INDEXES if table == "credits_usage_log"]],
        )
        counts = dict(cursor.fetchall())
    assert len(counts) >= 14
    assert set(counts.values()) == {4}
