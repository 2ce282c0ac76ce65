"""A call finds one price by a name: an alias is never also a model's name, whoever writes it and however they race."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, transaction

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business import postgres
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, ModelAlias
from igny8_core.business.errors import UnknownModel
from tests.business.billing.test_unclear_rates import is_refused_at_commit, wait_until_somebody_waits
from tests.callable_model import CallableModel


@pytest.fixture
def alias(text_model: CallableModel) -> ModelAlias:
    return ModelAlias.objects.create(model=text_model.config, name=f"{text_model.name}-2024-08-06")


def test_a_dated_name_is_the_models_price_by_declaration_and_never_by_prefix(
    text_model: CallableModel, alias: ModelAlias
) -> None:
    found = catalogue.fresh(constants_catalogue)
    assert found.resolve(alias.name, "text") == found.resolve(text_model.name, "text")
    assert found.resolve(alias.name, "text").name == text_model.name
    for other in (
        f"{alias.name}-preview",
        alias.name[:-1],
        alias.name.upper(),
        f"{text_model.name}-2024-05-13",
    ):
        with pytest.raises(UnknownModel):
            found.resolve(other, "text")


def test_an_alias_of_another_type_of_model_is_not_found(text_model: CallableModel, alias: ModelAlias) -> None:
    with pytest.raises(UnknownModel):
        catalogue.fresh(constants_catalogue).resolve(alias.name, "image")


def create_alias(model: AIModelConfig, alias: ModelAlias) -> None:
    ModelAlias.objects.create(model=model, name="gpt-4o")


def rename_alias(model: AIModelConfig, alias: ModelAlias) -> None:
    ModelAlias.objects.filter(pk=alias.pk).update(name=model.model_name)


def rename_model(model: AIModelConfig, alias: ModelAlias) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(model_name=alias.name)


def create_model(model: AIModelConfig, alias: ModelAlias) -> None:
    AIModelConfig.objects.create(
        model_name=alias.name,
        display_name="x",
        provider=model.provider,
        model_type="text",
        input_cost_per_1m=1,
        output_cost_per_1m=1,
    )


@pytest.mark.parametrize("edit", [create_alias, rename_alias, rename_model, create_model])
def test_an_alias_that_is_a_models_name_is_refused(
    text_model: CallableModel, alias: ModelAlias, edit: Callable[[Any, Any], None]
) -> None:
    models, aliases = (set(AIModelConfig.objects.values_list("model_name", flat=True)), set(all_aliases()))
    with pytest.raises(IntegrityError, match="is the name of a model, so it cannot be an alias"):
        edit(text_model.config, alias)
    assert set(AIModelConfig.objects.values_list("model_name", flat=True)) == models
    assert set(all_aliases()) == aliases


def all_aliases() -> list[tuple[str, int]]:
    return list(ModelAlias.objects.values_list("name", "model_id"))


def test_a_model_and_an_alias_may_change_names_in_one_transaction(
    text_model: CallableModel, alias: ModelAlias
) -> None:
    """A provider gives its dated snapshot the short name: nothing is refused before the transaction ends."""
    old, new = text_model.name, alias.name
    with transaction.atomic():
        AIModelConfig.objects.filter(pk=text_model.config.pk).update(model_name=new)
        ModelAlias.objects.filter(pk=alias.pk).update(name=old)
    assert catalogue.fresh(constants_catalogue).resolve(old, "text").name == new


def test_of_a_model_and_an_alias_that_race_for_a_name_one_is_refused(text_model: CallableModel) -> None:
    name = f"{text_model.name}-race"
    outcomes: list[bool] = []
    with psycopg.connect(**postgres.connection_options()) as first:
        first.execute(
            "INSERT INTO billing_modelalias (model_id, name) VALUES (%s, %s)", [text_model.config.pk, name]
        )

        def rename() -> None:
            with psycopg.connect(**postgres.connection_options()) as second:
                second.execute(
                    "UPDATE billing_aimodelconfig SET model_name = %s WHERE id = %s",
                    [name, text_model.config.pk],
                )
                outcomes.append(is_refused_at_commit(second))

        thread = threading.Thread(target=rename)
        thread.start()
        wait_until_somebody_waits(first)
        outcomes.append(is_refused_at_commit(first))
        thread.join()
    assert outcomes == [False, True]
    text_model.config.refresh_from_db()
    assert text_model.config.model_name != name


def test_two_models_cannot_have_one_alias(text_model: CallableModel, alias: ModelAlias) -> None:
    with pytest.raises(IntegrityError, match="billing_modelalias_name"):
        ModelAlias.objects.create(model=AIModelConfig.objects.get(model_name="gpt-4o"), name=alias.name)
