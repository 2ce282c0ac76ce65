"""A revert takes a model back to what a version says, as a new edit by who reverted."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig, AIProvider, ModelAlias
from igny8_core.modules.billing.admin import history_admin
from tests.modules.billing_admin.conftest import MakeModel, MakeUser, logged_in
from tests.modules.billing_admin.pages import act, history_of, log_of, messages_of, saved, text_of, url
from tests.modules.billing_admin.rates import make_rate


def inputs_of(response: Any) -> dict[str, str]:
    """What the page of a version would send: its hidden fields."""
    html = response.content.decode().split("<form", 2)[-1]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


def open_version(client: Client, model: AIModelConfig, version: Any) -> tuple[str, dict[str, str]]:
    address = reverse("admin:billing_aimodelconfig_simple_history", args=[model.pk, version.history_id])
    return address, inputs_of(client.get(address))


def revert(client: Client, model: AIModelConfig, version: Any, **typed: str) -> Any:
    address, data = open_version(client, model, version)
    assert "stored_fingerprint" in data
    return client.post(address, data | typed)


def test_a_revert_really_reverts(
    operator: Client, alice: User, model: AIModelConfig, make_user: MakeUser
) -> None:
    first, created = model.history.first(), model.created_at
    carol = logged_in(make_user("carol"))
    saved(
        carol,
        model,
        input_cost_per_1m="0.20",
        description="cheaper soon",
        sort_order="7",
        valid_sizes='["1x1"]',
    )
    done = revert(operator, model, first)
    assert (done.status_code, done["Location"]) == (302, url(model, "change"))
    model.refresh_from_db()
    assert (model.input_cost_per_1m, model.description, model.sort_order) == (Decimal("0.15"), "", 0)
    assert (model.valid_sizes, model.created_at, model.updated_by) == ([], created, alice)
    reason = f"reverted to version {first.history_id} of {first.history_date:%Y-%m-%d %H:%M:%S} UTC"
    assert history_of(model)[-1] == ("~", alice.username, reason)
    assert log_of(model.pk)[-1] == (alice.username, f"R{reason[1:]}")
    assert messages_of(done)[-1] == f"{model.display_name} was {reason}."
    assert "Now $0.00045" in text_of(operator.get(url(model, "change")))


def test_what_a_page_sends_besides_changes_nothing(operator: Client, model: AIModelConfig) -> None:
    first = model.history.first()
    saved(operator, model, input_cost_per_1m="0.20")
    revert(operator, model, first, input_cost_per_1m="0.99", model_name="other")
    model.refresh_from_db()
    assert (model.input_cost_per_1m, model.model_name) == (Decimal("0.15"), first.model_name)


def test_a_version_that_is_stored_already_is_no_edit(operator: Client, model: AIModelConfig) -> None:
    address, _data = open_version(operator, model, model.history.first())
    page = operator.get(address)
    assert "It is what is stored now." in text_of(page)
    assert 'name="_save"' not in page.content.decode()
    assert (
        messages_of(operator.post(address))[-1] == "This version is what is stored now; nothing was changed."
    )
    assert len(history_of(model)) == 1


def test_a_revert_of_a_tenfold_price_is_confirmed_first(operator: Client, model: AIModelConfig) -> None:
    first = model.history.first()
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal("1.50"))
    asked = revert(operator, model, first)
    assert asked.status_code == 200
    assert "input price: $1.50 -> $0.15 per 1M, 10 times less" in text_of(asked)
    model.refresh_from_db()
    assert model.input_cost_per_1m == Decimal("1.50")
    box = re.search(r'name="confirm_prices" value="([^"]+)"', asked.content.decode())
    assert box is not None
    assert revert(operator, model, first, confirm_prices="on").status_code == 200
    assert revert(operator, model, first, confirm_prices=box[1]).status_code == 302
    model.refresh_from_db()
    assert model.input_cost_per_1m == Decimal("0.15")


def test_a_revert_to_a_default_that_has_moved_on_is_refused_in_words(
    operator: Client, model: AIModelConfig, default_text: AIModelConfig
) -> None:
    act(operator, "set_as_default", [model])
    was_default = model.history.first()
    act(operator, "set_as_default", [default_text])
    versions = len(history_of(model))
    refused = revert(operator, model, was_default)
    assert refused.status_code == 200
    assert "gpt-4o-mini is the default text model, and a type has one." in text_of(refused)
    model.refresh_from_db()
    assert model.is_default is False
    assert len(history_of(model)) == versions


def test_a_revert_takes_no_default_away(
    operator: Client, model: AIModelConfig, default_text: AIModelConfig
) -> None:
    plain = model.history.first()
    act(operator, "set_as_default", [model])
    refused = revert(operator, model, plain)
    assert f"{model.model_name} is the default text model; calls that name no model need one." in text_of(
        refused
    )
    model.refresh_from_db()
    assert model.is_default is True


def test_a_revert_that_a_rule_forbids_is_refused_in_words(
    operator: Client, model: AIModelConfig, make_model: MakeModel
) -> None:
    first = model.history.first()
    AIModelConfig.objects.filter(pk=model.pk).update(model_name="renamed-model")
    taken = make_model(model_name=first.model_name)
    refused = revert(operator, model, first)
    assert "AI model configuration with this Model name already exists." in text_of(refused)
    model.refresh_from_db()
    taken.refresh_from_db()
    assert (model.model_name, taken.model_name) == ("renamed-model", first.model_name)


def test_a_revert_of_what_changed_meanwhile_is_refused(operator: Client, model: AIModelConfig) -> None:
    first = model.history.first()
    saved(operator, model, description="second")
    address, data = open_version(operator, model, first)
    AIModelConfig.objects.filter(pk=model.pk).update(output_cost_per_1m=Decimal("0.61"))
    late = operator.post(address, data)
    assert "It was changed after you opened this page" in text_of(late)
    model.refresh_from_db()
    assert (model.description, model.output_cost_per_1m) == ("second", Decimal("0.61"))
    assert operator.post(address, inputs_of(late)).status_code == 302
    model.refresh_from_db()
    assert (model.description, model.output_cost_per_1m) == ("", Decimal("0.60"))


def test_who_may_change_brings_back_no_model_that_is_deleted_as_they_revert(
    make_user: MakeUser, operator: Client, model: AIModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = logged_in(make_user("editor", "view_aimodelconfig", "change_aimodelconfig"))
    address = url(model, "simple_history", model.history.first().history_id)

    def delete() -> None:
        act(operator, "delete_selected", [model], post="yes")
        connection.close()

    def queue_behind_a_deletion() -> None:
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(delete).result()

    monkeypatch.setattr(history_admin, "queue_for_edit", queue_behind_a_deletion)
    assert editor.post(address, {"stored_fingerprint": ""}).status_code == 403
    assert [kind for kind, _who, _why in history_of(model)] == ["+", "-"]


def test_a_deleted_model_comes_back(operator: Client, alice: User, make_model: MakeModel) -> None:
    model = make_model(model_name="comes-back", input_cost_per_1m=Decimal("0.33"))
    pk, version = model.pk, model.history.first()
    act(operator, "delete_selected", [model], post="yes")
    assert revert(operator, AIModelConfig(pk=pk), version).status_code == 302
    back = AIModelConfig.objects.get(pk=pk)
    assert (back.model_name, back.input_cost_per_1m, back.updated_by) == (
        "comes-back",
        Decimal("0.33"),
        alice,
    )
    assert [kind for kind, _who, _why in history_of(back)] == ["+", "-", "+"]


def test_a_deleted_model_comes_back_only_by_who_may_add(
    make_user: MakeUser, operator: Client, model: AIModelConfig
) -> None:
    pk, version = model.pk, model.history.first()
    act(operator, "delete_selected", [model], post="yes")
    editor = logged_in(make_user("editor", "view_aimodelconfig", "change_aimodelconfig"))
    address = reverse("admin:billing_aimodelconfig_simple_history", args=[pk, version.history_id])
    assert 'name="_save"' not in editor.get(address).content.decode()
    assert editor.post(address).status_code == 403
    assert not AIModelConfig.objects.filter(pk=pk).exists()


def test_a_model_of_a_deleted_provider_does_not_come_back(
    operator: Client, provider: AIProvider, model: AIModelConfig
) -> None:
    pk, version, slug = model.pk, model.history.first(), provider.slug
    act(operator, "delete_selected", [model], post="yes")
    provider.delete()
    refused = revert(operator, AIModelConfig(pk=pk), version)
    assert refused.status_code == 200
    assert f"AI provider instance with slug '{slug}' " in text_of(refused)
    assert operator.get(reverse("admin:billing_aimodelconfig_history", args=[pk])).status_code == 200
    assert not AIModelConfig.objects.filter(pk=pk).exists()


def test_a_revert_to_a_price_that_could_win_beside_a_rate_is_refused(
    operator: Client, image_model: AIModelConfig
) -> None:
    AIModelConfig.objects.filter(pk=image_model.pk).update(input_cost_per_1m=Decimal(1))
    image_model.refresh_from_db()
    image_model.save()
    with_input_price = image_model.history.first()
    AIModelConfig.objects.filter(pk=image_model.pk).update(input_cost_per_1m=None)
    make_rate(image_model, "input_tokens", "2", service_tier="*", above_input_tokens=200_000)
    refused = revert(operator, image_model, with_input_price)
    assert refused.status_code == 200
    assert "could both be the price of one call" in text_of(refused)
    image_model.refresh_from_db()
    assert image_model.input_cost_per_1m is None


def test_a_revert_to_a_name_that_is_an_alias_is_refused(operator: Client, make_model: MakeModel) -> None:
    model, other = make_model(), make_model()
    old = model.history.first()
    assert saved(operator, model, model_name=f"{old.model_name}-new").status_code == 302
    ModelAlias.objects.create(model=other, name=old.model_name)
    refused = revert(operator, model, old)
    assert f"“{old.model_name}” is an alias of {other.model_name}; take it away there first." in text_of(
        refused
    )
    model.refresh_from_db()
    assert model.model_name == f"{old.model_name}-new"
