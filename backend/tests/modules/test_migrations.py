"""The price table can be rolled back and forward after real charges; no credit is touched and no edit is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, ModelAlias, ModelRate, PriceVersion
from igny8_core.business.billing.pricing import Confidence
from igny8_core.business.credits import ledger
from igny8_core.business.credits.ledger_audit import audit_ledger
from igny8_core.business.credits.models import Account, CreditUsageLog
from igny8_core.business.errors import UnknownModel
from tests.business.credits.test_confidence import AN_ESTIMATE
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, charge_of, end, held, settle


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0)


@pytest.fixture
def _forward_again() -> Iterator[None]:
    yield
    migrate()


@pytest.fixture
def _emulated_openai(monkeypatch: pytest.MonkeyPatch, settings: object, emulator: object) -> None:
    """The seeded provider has no key here, so the emulator serves it, as in development."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings.IGNY8_EMULATOR_URL = emulator.url  # type: ignore[attr-defined]


def charge(account: Account) -> tuple[str, Decimal]:
    """(source, what one million input tokens cost in that call)"""
    result = AICore(account=account).run_ai_request(prompt="Hello", max_tokens=10)
    row = CreditUsageLog.objects.get(account=account, request_id=result.request_id)
    assert row.price_source == result.cost_source
    spent_on_output = result.output_tokens * Decimal("0.60") / 1_000_000
    return result.cost_source, (result.cost - spent_on_output) * 1_000_000 / result.input_tokens


@pytest.mark.usefixtures("_forward_again", "_emulated_openai")
def test_the_walk_from_head_to_0019_and_back(account: Account) -> None:
    model = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    model.input_cost_per_1m = Decimal("0.75")
    model.save()
    histories = AIModelConfig.history.count()
    try:
        assert charge(account) == ("database", Decimal("0.75"))
        rows = CreditUsageLog.objects.filter(account=account).count()
        before = balance(account)

        migrate("billing", "0019")
        assert balance(account) == before
        assert CreditUsageLog.objects.filter(account=account).count() == rows
        assert charge(account) == ("constants", Decimal("0.15"))
        assert AICore().calculate_cost("gpt-4o-mini", 1000, 500) == Decimal("0.000450")
        with pytest.raises(UnknownModel):
            AICore(account=account).run_ai_request(prompt="Hello", model="not-in-the-constants")
        assert audit_ledger().is_clean

        migrate()
        model.refresh_from_db()
        assert model.input_cost_per_1m == Decimal("0.75")
        assert AIModelConfig.objects.filter(provider="openai").count() == 9
        assert AIModelConfig.history.count() == histories
        assert charge(account) == ("database", Decimal("0.75"))
        assert audit_ledger().is_clean
    finally:
        migrate()
        AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal("0.15"))


@pytest.mark.usefixtures("_forward_again")
def test_a_model_that_people_added_comes_back(text_model: CallableModel) -> None:
    migrate("billing", "zero")
    migrate()
    assert AIModelConfig.objects.get(model_name=text_model.name).provider_id == text_model.provider.slug


@pytest.mark.usefixtures("_forward_again")
def test_models_that_people_deleted_with_their_history_do_not_come_back() -> None:
    history = list(AIModelConfig.history.all())
    AIModelConfig.history.all().delete()
    migrate("billing", "0019")
    migrate()
    assert AIModelConfig.objects.filter(provider="openai").count() == 9
    AIModelConfig.history.bulk_create(history)


def test_no_migration_is_missing() -> None:
    output = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=output)
    assert "No changes detected" in output.getvalue()


def test_no_table_of_money_refers_to_a_price() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
            " AND conrelid::regclass::text LIKE 'credits_%' AND confrelid::regclass::text LIKE 'billing_%'"
        )
        assert cursor.fetchall() == []


def test_every_key_on_the_charging_path_begins_with_the_account() -> None:
    tables = ["grant", "hold", "ledgerentry", "usage_log", "rate_card", "apikey", "storedanswer"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indexrelid::regclass::text, a.attname FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indrelid"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
            " WHERE i.indisunique AND c.relname = ANY (%s)",
            [[f"credits_{table}" for table in tables]],
        )
        first_columns = {(table, column) for table, _index, column in cursor.fetchall()}
    assert first_columns == {(f"credits_{table}", "account_id") for table in tables}


def test_the_tables_of_money_have_the_columns_of_their_models() -> None:
    for model in apps.get_app_config("credits").get_models():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name, is_nullable = 'YES', data_type, character_maximum_length, numeric_precision,"
                " numeric_scale FROM information_schema.columns"
                " WHERE table_name = %s AND table_schema = current_schema()",
                [model._meta.db_table],
            )
            columns = {name: facts for name, *facts in cursor.fetchall()}
        assert columns.keys() == {field.column for field in model._meta.concrete_fields}
        for field in model._meta.concrete_fields:
            nullable, _kind, length, precision, scale = columns[field.column]
            assert nullable == field.null, (model, field)
            if field.max_length and field.get_internal_type() in ("CharField", "SlugField"):
                assert length == field.max_length, (model, field)
            if field.get_internal_type() == "DecimalField":
                assert (precision, scale) == (field.max_digits, field.decimal_places), (model, field)


def versions(name: str) -> list[str | None]:
    """The input price in each version of a model's prices, from the first."""
    rows = PriceVersion.objects.filter(model_name=name).order_by("recorded_at", "id")
    return [prices and prices["input_cost_per_1m"] for prices in rows.values_list("prices", flat=True)]


@pytest.mark.usefixtures("_forward_again")
def test_the_record_of_prices_begins_with_their_history(text_model: CallableModel) -> None:
    """What was saved before there was a record is in it, each price once, and what psql changed since as well."""
    config = text_model.config
    for price, name in ((2, "A"), (2, "B"), (3, "B")):
        config.input_cost_per_1m, config.display_name = Decimal(price), name
        config.save()
    times = list(config.history.order_by("history_id").values_list("history_date", flat=True))
    kept = list(PriceVersion.objects.order_by("id").values())
    migrate("billing", "0021")
    try:
        with connection.cursor() as cursor:
            # Nobody has a record yet, as when this migration first comes.
            cursor.execute("DELETE FROM billing_parked.billing_priceversion")
            cursor.execute(
                "UPDATE billing_aimodelconfig SET input_cost_per_1m = 4 WHERE id = %s", [config.pk]
            )
        migrate()
        assert versions(config.model_name) == ["1.00000000", "2.00000000", "3.00000000", "4.00000000"]
        recorded = PriceVersion.objects.filter(model_name=config.model_name).order_by("id")
        assert list(recorded.values_list("recorded_at", flat=True)[:3]) == [times[0], times[1], times[3]]
    finally:
        migrate()
        PriceVersion.objects.all().delete()
        PriceVersion.objects.bulk_create(PriceVersion(**row) for row in kept)


@pytest.mark.usefixtures("_forward_again")
def test_rates_aliases_and_the_record_of_prices_are_kept_on_the_way_back_and_forth(
    text_model: CallableModel,
) -> None:
    config = text_model.config
    rate = ModelRate.objects.create(model=config, unit="input_tokens", amount=5, service_tier="flex")
    alias = ModelAlias.objects.create(model=config, name=f"{config.model_name}-2026-01-01")
    before = versions(config.model_name)
    migrate("billing", "0021")
    with connection.cursor() as cursor:
        # No trigger sees this; the way forward finds it.
        cursor.execute("UPDATE billing_aimodelconfig SET input_cost_per_1m = 4 WHERE id = %s", [config.pk])
    migrate()
    rate.refresh_from_db()
    alias.refresh_from_db()
    assert (rate.amount, alias.model_id) == (5, config.pk)
    assert versions(config.model_name) == [*before, "4.00000000"]
    # The triggers are back: the record goes on, and two unclear rates are refused.
    AIModelConfig.objects.filter(pk=config.pk).update(input_cost_per_1m=6)
    assert versions(config.model_name) == [*before, "4.00000000", "6.00000000"]
    with pytest.raises(IntegrityError, match="could both win"):
        ModelRate.objects.create(model=config, unit="input_tokens", amount=5, service_tier="flex")
    with pytest.raises(IntegrityError, match="is the name of a model"):
        ModelAlias.objects.create(model=config, name="gpt-4o")
    version = catalogue.fresh(constants_catalogue).version
    ModelAlias.objects.filter(pk=alias.pk).update(name=f"{alias.name}-other")
    assert catalogue.fresh(constants_catalogue).version != version


@pytest.mark.usefixtures("_forward_again")
def test_the_confidence_of_charges_comes_and_goes_with_charged_rows(account: Account) -> None:
    """Without the column they are settled by the functions of then, and exactly; what was not exact is still known."""
    settle(held(account, 10), 4)
    end(held(account, 10), "void")
    estimated = held(account, 10, card=AN_ESTIMATE)
    ledger.settle([replace(charge_of(estimated, 4), confidence=Confidence.ESTIMATED)])
    open_request = held(account, 10)

    def confidences() -> list[str | None]:
        rows = CreditUsageLog.objects.filter(account=account).order_by("id")
        return list(rows.values_list("confidence", flat=True))

    assert confidences() == ["exact", None, "estimated"]
    before = balance(account)
    migrate("credits", "0002")
    try:
        assert balance(account) == before
        settle(open_request, 3)
        held(account, 5)
    finally:
        migrate()
    assert confidences() == ["exact", None, "estimated", "exact"]
    assert balance(account) == (989, 5, 0)
    settle(held(account, 10), 2)
    assert confidences()[-1] == "exact"
    with (
        pytest.raises(IntegrityError, match="only ever added"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE credits_usage_log SET confidence = 'exact' WHERE account_id = %s", [account.pk]
        )
    assert audit_ledger().is_clean
