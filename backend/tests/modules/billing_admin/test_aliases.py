"""Aliases on the page of their model: a call must not find two prices."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig, ModelAlias
from tests.modules.billing_admin.conftest import MakeModel
from tests.modules.billing_admin.pages import history_of, opened, saved, url


def name_alias(client: Client, model: AIModelConfig, name: str, **more: Any) -> Any:
    data = opened(client, model)
    data |= {"aliases-0-name": name, "aliases-TOTAL_FORMS": 1, **more}
    return client.post(url(model, "change"), data)


def alias_errors(response: Any) -> list[str]:
    [formset] = [
        one.formset for one in response.context["inline_admin_formsets"] if one.formset.prefix == "aliases"
    ]
    return [str(sentence) for errors in formset.errors for found in errors.values() for sentence in found]


def test_an_alias_is_added_with_its_actor(operator: Client, alice: User, model: AIModelConfig) -> None:
    assert name_alias(operator, model, f"{model.model_name}-2026-01-01").status_code == 302
    alias = ModelAlias.objects.get(model=model)
    assert alias.name == f"{model.model_name}-2026-01-01"
    assert history_of(alias) == [("+", alice.username, "")]


def test_the_name_of_a_model_is_no_alias(operator: Client, make_model: MakeModel) -> None:
    mine, other = make_model(), make_model()
    for name in (other.model_name, mine.model_name):
        assert alias_errors(name_alias(operator, mine, name)) == [
            f"“{name}” is the name of a model, so it cannot be an alias: a call must not find two prices."
        ]
    assert not ModelAlias.objects.filter(model=mine).exists()


def test_the_alias_of_another_model_is_refused(operator: Client, make_model: MakeModel) -> None:
    mine, other = make_model(), make_model()
    ModelAlias.objects.create(model=other, name=f"{other.model_name}-old")
    errors = alias_errors(name_alias(operator, mine, f"{other.model_name}-old"))
    assert errors == ["Model alias with this Name already exists."]


def test_a_model_cannot_take_a_name_that_is_an_alias(operator: Client, make_model: MakeModel) -> None:
    mine, other = make_model(), make_model()
    ModelAlias.objects.create(model=other, name=f"{other.model_name}-old")
    refused = saved(operator, mine, model_name=f"{other.model_name}-old")
    assert refused.context["adminform"].form.errors == {
        "model_name": [
            f"“{other.model_name}-old” is an alias of {other.model_name}; take it away there first."
        ]
    }


def test_a_model_that_gets_another_name_may_keep_the_old_one_as_an_alias(
    operator: Client, make_model: MakeModel
) -> None:
    model = make_model()
    old = model.model_name
    assert name_alias(operator, model, old, model_name=f"{old}-new").status_code == 302
    model.refresh_from_db()
    assert (model.model_name, [alias.name for alias in model.aliases.all()]) == (f"{old}-new", [old])


def test_a_name_has_no_spaces(operator: Client, model: AIModelConfig) -> None:
    for name in ("gpt 4o", "gpt\u00a04o"):
        assert alias_errors(name_alias(operator, model, name)) == ["A name has no spaces."]
    assert not ModelAlias.objects.filter(model=model).exists()


def test_a_name_that_differs_from_another_models_in_capitals_alone_is_refused(
    operator: Client, make_model: MakeModel
) -> None:
    mine, other = make_model(), make_model()
    name = other.model_name.upper()
    assert alias_errors(name_alias(operator, mine, name)) == [
        f"“{name}” is the name of another model, {other.model_name}, but for its capitals."
    ]
    assert not ModelAlias.objects.filter(model=mine).exists()
    assert name_alias(operator, mine, mine.model_name.upper()).status_code == 302
