"""Who may look changes nothing, at no address of either admin; who is nobody sees nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig, AIProvider, ModelAlias, ModelRate
from tests.modules.billing_admin.conftest import MakeUser, logged_in
from tests.modules.billing_admin.pages import act, url
from tests.modules.billing_admin.rates import make_rate

MODELS = (AIModelConfig, AIProvider)
STORED = (*MODELS, ModelRate, ModelAlias)


@pytest.fixture
def rows(model: AIModelConfig) -> dict[type[Model], Model]:
    """Each with a second version, so that there is something to revert to."""
    model.description = "second"
    model.save()
    make_rate(model, "cached_input_tokens", "0.075")
    ModelAlias.objects.create(model=model, name=f"{model.model_name}-old")
    model.provider.name = "Second"
    model.provider.save()
    return {AIModelConfig: model, AIProvider: model.provider}


def stored() -> list[Any]:
    return [
        list(table.order_by("pk").values())  # type: ignore[attr-defined]
        for kind in STORED
        for table in (kind.objects, kind.history)
    ]


def addresses(row: Model) -> dict[str, str]:
    """Every page of a row's admin."""
    kind = type(row)
    first = row.history.last()  # type: ignore[attr-defined]
    of_models = {}
    if kind is AIModelConfig:
        of_models = {"price history": url(row, "price_history"), "compare": url(kind, "compare")}
    return {
        "list": url(kind, "changelist"),
        "add": url(kind, "add"),
        "change": url(row, "change"),
        "delete": url(row, "delete"),
        "history": url(row, "history"),
        "version": url(row, "simple_history", first.history_id),
        **of_models,
    }


FORM = {
    "model_name": "changed",
    "slug": "changed",
    "name": "Changed",
    "display_name": "Changed",
    "model_type": "text",
    "provider": "openai",
    "input_cost_per_1m": "0.16",
    "output_cost_per_1m": "0.61",
    "valid_sizes": "[]",
    "dialect": "openai",
    "base_url": "https://changed.test/v1",
    "rates-TOTAL_FORMS": "1",
    "rates-INITIAL_FORMS": "0",
    "rates-0-unit": "web_searches",
    "rates-0-amount": "10",
    "rates-0-per": "1000",
    "aliases-TOTAL_FORMS": "1",
    "aliases-INITIAL_FORMS": "0",
    "aliases-0-name": "changed-too",
    "post": "yes",
    "_save": "",
}


@pytest.mark.parametrize("kind", MODELS)
def test_who_may_look_sees_and_changes_nothing(
    viewer: Client, rows: dict[type[Model], Model], kind: type[Model]
) -> None:
    before = stored()
    pages = addresses(rows[kind])
    looked = {name: viewer.get(page).status_code for name, page in pages.items()}
    of_models = {"price history": 200, "compare": 200} if kind is AIModelConfig else {}
    expected = {"list": 200, "add": 403, "change": 200, "delete": 403, "history": 200, "version": 200}
    assert looked == expected | of_models
    posted = {name: viewer.post(page, FORM).status_code for name, page in pages.items()}
    # The histories, the list and the comparison have nothing that a post could do.
    expected |= {"change": 403, "version": 403}
    assert posted == expected | of_models
    assert stored() == before


@pytest.mark.parametrize("kind", MODELS)
def test_who_may_look_gets_no_inputs(
    viewer: Client, rows: dict[type[Model], Model], kind: type[Model]
) -> None:
    pages = addresses(rows[kind])
    form = viewer.get(pages["change"]).content.decode().split("<form", 2)[-1]
    names = {name for name in FORM if "_FORMS" not in name} | {
        "stored_fingerprint",
        "confirm_prices",
        "is_active",
        "api_key_env",
    }
    assert not [name for name in names if f'name="{name}"' in form]
    version = viewer.get(pages["version"]).content.decode()
    assert 'name="_save"' not in version
    assert "Revert" not in version


def test_who_may_look_has_no_act_but_the_export(viewer: Client, rows: dict[type[Model], Model]) -> None:
    before = stored()
    choices = dict(
        viewer.get(url(AIModelConfig, "changelist")).context["action_form"].fields["action"].choices
    )
    assert [name for name in choices if name] == ["export_admin_action"]
    assert not viewer.get(url(AIProvider, "changelist")).context["action_form"]
    for action in ("activate", "deactivate", "set_as_default", "delete_selected"):
        act(viewer, action, [rows[AIModelConfig]], post="yes")
    act(viewer, "delete_selected", [rows[AIProvider]], post="yes")
    assert stored() == before


@pytest.mark.parametrize("kind", MODELS)
def test_nobody_and_a_person_without_staff_get_no_page(
    alice: User, rows: dict[type[Model], Model], kind: type[Model]
) -> None:
    alice.is_staff = False
    alice.save()
    before = stored()
    for client in (Client(), logged_in(alice)):
        for page in addresses(rows[kind]).values():
            for response in (client.get(page), client.post(page, FORM)):
                assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")
    assert stored() == before


@pytest.mark.parametrize("kind", MODELS)
def test_staff_without_a_permission_get_no_page(
    make_user: MakeUser, rows: dict[type[Model], Model], kind: type[Model]
) -> None:
    other = {AIModelConfig: "view_aiprovider", AIProvider: "view_aimodelconfig"}[kind]
    stranger = logged_in(make_user("eve", other))
    before = stored()
    for page in addresses(rows[kind]).values():
        assert [stranger.get(page).status_code, stranger.post(page, FORM).status_code] == [403, 403], page
    assert stored() == before


def test_who_may_change_may_not_delete(make_user: MakeUser, rows: dict[type[Model], Model]) -> None:
    editor = logged_in(make_user("editor", "view_aimodelconfig", "change_aimodelconfig"))
    model = rows[AIModelConfig]
    choices = dict(
        editor.get(url(AIModelConfig, "changelist")).context["action_form"].fields["action"].choices
    )
    assert [name for name in choices if name] == [
        "activate",
        "deactivate",
        "set_as_default",
        "export_admin_action",
    ]
    assert editor.post(url(model, "delete"), {"post": "yes"}).status_code == 403
    act(editor, "delete_selected", [model], post="yes")
    assert AIModelConfig.objects.filter(pk=model.pk).exists()
