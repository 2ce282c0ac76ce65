"""In a large catalogue an edit costs what the edited model costs: the others are neither read nor made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.db import connection, transaction

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, AIProvider, ModelAlias, ModelRate
from tests.business.billing.large_catalogue import RATES, add_models, remove_models

MODELS = 300
EDITED = f"large-{MODELS}"


@pytest.fixture(autouse=True, scope="module")
def _large_catalogue(_database: None) -> Iterator[None]:
    add_models(MODELS)
    yield
    remove_models()


def rates() -> list[ModelRate]:
    return list(ModelRate.objects.filter(model__model_name=EDITED, unit="web_searches"))


def change_a_base_price() -> None:
    AIModelConfig.objects.filter(model_name=EDITED).update(input_cost_per_1m=Decimal(3))


def change_a_rate() -> None:
    ModelRate.objects.filter(pk__in=[rate.pk for rate in rates()]).update(amount=Decimal(9))


def add_a_rate() -> None:
    model = AIModelConfig.objects.get(model_name=EDITED)
    ModelRate.objects.create(model=model, unit="file_searches", amount=Decimal(2), per=1000)


def delete_a_rate() -> None:
    ModelRate.objects.filter(model__model_name=EDITED, unit="file_searches").delete()


def add_an_alias() -> None:
    ModelAlias.objects.create(model=AIModelConfig.objects.get(model_name=EDITED), name="another-name")


def delete_an_alias() -> None:
    ModelAlias.objects.filter(name="another-name").delete()


EDITS = (change_a_base_price, change_a_rate, add_a_rate, delete_a_rate, add_an_alias, delete_an_alias)


def test_a_reload_makes_the_edited_model_anew_and_keeps_the_others() -> None:
    for edit in EDITS:
        before = catalogue.fresh(constants_catalogue).models
        edit()
        after = catalogue.fresh(constants_catalogue).models
        assert list(after) == list(before)
        assert [name for name in after if after[name] is not before[name]] == [EDITED], edit


def test_an_edit_of_a_provider_makes_all_of_its_models_anew() -> None:
    before = catalogue.fresh(constants_catalogue).models
    AIProvider.objects.filter(slug="large").update(is_active=False)
    after = catalogue.fresh(constants_catalogue).models
    AIProvider.objects.filter(slug="large").update(is_active=True)

    made_anew = {name for name in after if after[name] is not before[name]}
    assert made_anew == {name for name in after if name.startswith("large-")}
    assert not after[EDITED].is_active


def test_a_model_that_is_gone_is_gone_and_aliases_are_found() -> None:
    before = catalogue.fresh(constants_catalogue)
    assert before.find("large-7-2026-01-01") is before.models["large-7"]

    AIModelConfig.objects.filter(model_name="large-7").delete()
    after = catalogue.fresh(constants_catalogue)

    assert (after.find("large-7"), after.find("large-7-2026-01-01")) == (None, None)
    assert len(after.models) == len(before.models) - 1


def rates_read() -> int:
    """Rows of rates that this connection has read and not yet reported to the server's statistics."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'billing_modelrate'"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("edit", [change_a_base_price, change_a_rate])
def test_an_edit_reads_the_rates_of_its_model_alone(edit: Callable[[], None]) -> None:
    with transaction.atomic():
        before = rates_read()
        edit()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        read = rates_read() - before
        transaction.set_rollback(True)
    assert RATES <= read < 10 * RATES
