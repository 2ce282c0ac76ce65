"""A price edit that has committed, however it was made, applies to the next quote; one that has not, does not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business import postgres
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.billing.usage import Usage
from igny8_core.business.errors import InactiveModel, LedgerUnavailable, UnknownModel
from tests.callable_model import CallableModel


def version() -> UUID | None:
    return catalogue.fresh(constants_catalogue).version


def input_price(name: str) -> Decimal:
    card = catalogue.fresh(constants_catalogue).resolve(name, "text").card
    return card.rates_for(Usage())["input_tokens"].amount


def by_save(model: AIModelConfig) -> None:
    model.input_cost_per_1m = Decimal(7)
    model.save()


def by_update(model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(7))


def by_another_connection(model: AIModelConfig) -> None:
    with psycopg.connect(**postgres.connection_options()) as other:
        other.execute("UPDATE billing_aimodelconfig SET input_cost_per_1m = 7 WHERE id = %s", [model.pk])


@pytest.mark.parametrize("edit", [by_save, by_update, by_another_connection])
def test_an_edit_applies_to_the_next_look(
    edit: Callable[[AIModelConfig], None], text_model: CallableModel
) -> None:
    assert input_price(text_model.name) == 1
    edit(text_model.config)
    assert input_price(text_model.name) == 7


def test_an_edit_that_is_not_committed_is_not_seen_even_by_its_own_thread(text_model: CallableModel) -> None:
    assert input_price(text_model.name) == 1
    with transaction.atomic():
        by_update(text_model.config)
        assert input_price(text_model.name) == 1
        transaction.set_rollback(True)
    assert input_price(text_model.name) == 1


def test_inserting_deleting_and_truncating_replace_the_version(text_model: CallableModel) -> None:
    before = version()
    extra = AIProvider.objects.create(slug="extra", name="Extra", base_url="http://127.0.0.1:9/v1")
    after_insert = version()
    extra.delete()
    after_delete = version()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT version FROM credits_catalogueversion")
        old = cursor.fetchone()
        cursor.execute("TRUNCATE billing_aimodelconfig CASCADE")
        cursor.execute("SELECT version FROM credits_catalogueversion")
        new = cursor.fetchone()
        transaction.set_rollback(True)
    assert len({before, after_insert, after_delete}) == 3
    assert old != new


def test_the_snapshot_is_kept_while_nothing_changes_and_only_its_clock_goes_on() -> None:
    first, second = (catalogue.fresh(constants_catalogue) for _ in range(2))
    assert (first.version, first.source) == (second.version, second.source)
    assert first.models is second.models
    assert first.read_at < second.read_at


def test_models_resolve_by_exact_name_never_by_prefix(text_model: CallableModel) -> None:
    with pytest.raises(UnknownModel) as caught:
        catalogue.fresh(constants_catalogue).resolve(text_model.name + "-2024-08-06", "text")
    assert text_model.name in caught.value.details["available"]


def test_a_model_of_an_inactive_provider_is_inactive(text_model: CallableModel) -> None:
    text_model.provider.is_active = False
    text_model.provider.save()
    with pytest.raises(InactiveModel):
        catalogue.fresh(constants_catalogue).resolve(text_model.name, "text")


def test_a_migration_of_a_columns_type_does_not_bring_the_constants(text_model: CallableModel) -> None:
    by_save(text_model.config)
    for _ in range(10):  # more uses than a driver needs to prepare a query
        catalogue.reload(constants_catalogue)
    alter = "ALTER TABLE billing_aimodelconfig ALTER COLUMN input_cost_per_1m TYPE numeric({}, 8)"
    with psycopg.connect(**postgres.connection_options()) as other:
        other.execute(alter.format(18))
    try:
        found = catalogue.reload(constants_catalogue)
    finally:
        with psycopg.connect(**postgres.connection_options()) as other:
            other.execute(alter.format(16))
    assert (found.source, input_price(text_model.name)) == ("database", 7)


def test_a_row_that_psql_broke_does_not_take_the_others_down(text_model: CallableModel) -> None:
    with psycopg.connect(**postgres.connection_options()) as other:
        other.execute(
            "UPDATE billing_aimodelconfig SET valid_sizes = 'null' WHERE id = %s", [text_model.config.pk]
        )
    assert catalogue.fresh(constants_catalogue).resolve(text_model.name, "text").valid_sizes == ()


def test_a_price_that_is_not_a_number_is_refused_by_the_database(text_model: CallableModel) -> None:
    with (
        psycopg.connect(**postgres.connection_options()) as other,
        pytest.raises(psycopg.errors.CheckViolation, match="model_prices_are_numbers"),
    ):
        other.execute(
            "UPDATE billing_aimodelconfig SET input_cost_per_1m = 'NaN' WHERE id = %s", [text_model.config.pk]
        )


def test_a_busy_lock_is_waited_for_and_never_answered_from_the_constants(
    text_model: CallableModel, settings: object
) -> None:
    by_save(text_model.config)
    with psycopg.connect(**postgres.connection_options()) as other:
        other.execute("LOCK billing_aimodelconfig IN ACCESS EXCLUSIVE MODE")
        settings.IGNY8_LEDGER_RETRY_SECONDS = 0.5  # type: ignore[attr-defined]
        settings.IGNY8_LEDGER_LOCK_TIMEOUT_MS = 100  # type: ignore[attr-defined]
        postgres.close()  # so that the next connection has the short lock timeout
        with pytest.raises(LedgerUnavailable):
            catalogue.reload(constants_catalogue)
    postgres.close()
    assert input_price(text_model.name) == 7
