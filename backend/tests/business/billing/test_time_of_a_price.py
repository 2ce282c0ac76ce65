"""A price is recorded from the moment on at which calls are charged at it, and each version is after the one before."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
from django.db import connection

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business import postgres
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, PriceVersion
from igny8_core.business.billing.price_history import prices_at, versions_of
from igny8_core.business.billing.price_sheet import PriceSheet
from igny8_core.business.billing.usage import Usage
from tests.callable_model import CallableModel


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [[time]] = cursor.fetchall()
    return time  # type: ignore[no-any-return]


def prices_then(name: str, time: datetime) -> PriceSheet:
    sheet = prices_at(name, time)
    assert sheet is not None
    return sheet


def test_until_an_edit_commits_the_price_is_the_one_that_calls_are_charged_at(
    text_model: CallableModel,
) -> None:
    with psycopg.connect(**postgres.connection_options()) as other:
        other.execute(
            "UPDATE billing_aimodelconfig SET input_cost_per_1m = 7 WHERE id = %s", [text_model.config.pk]
        )
        during = now()
        card = catalogue.fresh(constants_catalogue).resolve(text_model.name, "text").card
        assert card.rates_for(Usage())["input_tokens"].amount == 1
    assert prices_then(text_model.name, during).input_cost_per_1m == 1
    assert prices_then(text_model.name, now()).input_cost_per_1m == 7


def test_a_restored_version_keeps_its_time(text_model: CallableModel) -> None:
    [row] = PriceVersion.objects.filter(model_name=text_model.name)
    PriceVersion.objects.filter(pk=row.pk).delete()
    PriceVersion.objects.bulk_create([row])
    assert PriceVersion.objects.get(pk=row.pk).recorded_at == row.recorded_at


def test_no_edit_is_lost_where_the_clock_was_set_back(text_model: CallableModel) -> None:
    later = timedelta(hours=1)
    [row] = PriceVersion.objects.filter(model_name=text_model.name)
    PriceVersion.objects.filter(pk=row.pk).update(recorded_at=row.recorded_at + later)
    for price in (7, 1, 8):
        AIModelConfig.objects.filter(pk=text_model.config.pk).update(input_cost_per_1m=price)
    versions = versions_of(text_model.name)
    assert [version.sheet and version.sheet.input_cost_per_1m for version in versions] == [1, 7, 1, 8]
    assert prices_then(text_model.name, now() + later).input_cost_per_1m == 8
