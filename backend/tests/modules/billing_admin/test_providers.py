"""The page of providers: how they are spoken to, which key they need, and what depends on them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from igny8_core.ai.dialects import DIALECTS
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.modules.billing.admin import AIProviderAdmin
from tests.modules.billing_admin.conftest import MakeModel
from tests.modules.billing_admin.pages import (
    act,
    history_of,
    log_of,
    messages_of,
    opened,
    saved,
    text_of,
    url,
)
from tests.modules.billing_admin.test_revert import inputs_of

LIST = url(AIProvider, "changelist")
MakeProvider = Callable[..., AIProvider]


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {field: list(found) for field, found in response.context["adminform"].form.errors.items()}


def test_the_list_counts_each_providers_models_and_leads_to_them(
    operator: Client, make_model: MakeModel
) -> None:
    model, _other = make_model(), make_model("image")
    slug = model.provider.slug
    page = operator.get(LIST, {"q": slug})
    address = f"{url(AIModelConfig, 'changelist')}?provider__slug__exact={slug}"
    assert f'<a href="{address}"' in page.content.decode()
    assert f'aria-label="2 models of {slug}">2</a>' in page.content.decode()
    found = operator.get(address).context["cl"].queryset
    assert {one.model_name for one in found} == {model.model_name, _other.model_name}


def test_the_list_asks_the_same_few_questions_whatever_its_length(
    operator: Client, make_provider: MakeProvider
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(LIST).status_code == 200
        return len(captured)

    queries()
    before = queries()
    for _ in range(10):
        make_provider()
    assert queries() == before


def test_providers_are_found_and_filtered(operator: Client, make_provider: MakeProvider) -> None:
    one = make_provider(name="Needle", is_active=False, dialect="openai")

    def found(**query: str) -> set[str]:
        return {provider.slug for provider in operator.get(LIST, query).context["cl"].queryset}

    assert found(q="needle") == {one.slug}
    assert one.slug in found(is_active__exact="0")
    assert one.slug not in found(is_active__exact="1")
    assert one.slug in found(dialect="openai")
    assert one.slug not in found(dialect="runware")


def test_a_dialect_is_one_that_is_spoken_here(operator: Client, provider: AIProvider) -> None:
    page = operator.get(url(provider, "change"))
    assert [value for value, _label in page.context["adminform"].form.fields["dialect"].choices] == list(
        DIALECTS
    )
    assert errors(saved(operator, provider, dialect="telepathy")) == {
        "dialect": ["Select a valid choice. telepathy is not one of the available choices."]
    }
    provider.refresh_from_db()
    assert provider.dialect == "openai-compatible"


def test_a_dialect_that_is_not_spoken_stays_until_somebody_changes_it(
    operator: Client, make_provider: MakeProvider
) -> None:
    provider = make_provider(dialect="telepathy")
    page = text_of(operator.get(url(provider, "change")))
    assert "telepathy (not spoken here yet: calls are refused)" in page
    assert saved(operator, provider, name="Renamed").status_code == 302
    provider.refresh_from_db()
    assert (provider.name, provider.dialect) == ("Renamed", "telepathy")


@pytest.mark.parametrize("name", ["sk-proj-abc123", "my_key", "1KEY", "A B", "KEY\n", "KEY=1", "AIzaSyD3"])
def test_a_key_typed_for_its_variable_is_refused_and_not_repeated(
    operator: Client, provider: AIProvider, name: str
) -> None:
    refused = saved(operator, provider, api_key_env=name)
    if name == "KEY\n":  # a text box cannot send it; the space around a name is not part of it
        assert refused.status_code == 302
        return
    assert errors(refused) == {
        "api_key_env": [
            "This is the name of an environment variable, not a key: capital letters, digits and underscores,"
            " e.g. OPENAI_API_KEY."
        ]
    }
    provider.refresh_from_db()
    assert provider.api_key_env == ""


def test_the_page_says_whether_the_variable_is_set_and_never_its_value(
    operator: Client, provider: AIProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGNY8_SECRET_OF_A_TEST", "the-secret-itself")
    monkeypatch.delenv("IGNY8_UNSET_OF_A_TEST", raising=False)

    def shown(name: str) -> str:
        AIProvider.objects.filter(pk=provider.pk).update(api_key_env=name)
        pages = [operator.get(url(provider, "change")), operator.get(LIST, {"q": provider.slug})]
        assert not any("the-secret-itself" in page.content.decode() for page in pages)
        return " ".join(text_of(page) for page in pages)

    assert shown("IGNY8_SECRET_OF_A_TEST").count("IGNY8_SECRET_OF_A_TEST is set in this process") == 2
    assert shown("IGNY8_UNSET_OF_A_TEST").count("IGNY8_UNSET_OF_A_TEST is not set in this process") == 2
    assert shown("").count("none needed") == 2


def test_switching_off_who_serves_a_default_warns(operator: Client, default_text: AIModelConfig) -> None:
    openai = AIProvider.objects.get(slug="openai")
    try:
        response = saved(operator, openai, is_active=None)
        assert response.status_code == 302
        consequence = "and OpenAI serves it: calls that name no model are refused until another model is set as default."
        assert [message for message in messages_of(response) if "default" in message] == [
            f"gpt-4o-mini is the default text model, {consequence}",
            f"dall-e-3 is the default image model, {consequence}",
        ]
        assert AIProvider.objects.get(slug="openai").is_active is False
    finally:
        AIProvider.objects.filter(slug="openai").update(is_active=True)


def test_an_edit_has_its_actor_in_the_history(operator: Client, alice: User, provider: AIProvider) -> None:
    assert saved(operator, provider, name="Renamed").status_code == 302
    assert history_of(provider)[-1] == ("~", alice.username, None)
    assert log_of(provider.pk) == [(alice.username, "Changed Name.")]
    assert saved(operator, provider).status_code == 302
    assert len(history_of(provider)) == 2


def test_the_slug_that_models_point_to_stays(operator: Client, model: AIModelConfig) -> None:
    slug = model.provider.slug
    assert "slug" not in opened(operator, model.provider)
    assert saved(operator, model.provider, slug="other").status_code == 302
    assert AIProvider.objects.get(pk=model.provider.pk).slug == slug


def test_a_provider_with_models_is_not_deleted(operator: Client, model: AIModelConfig) -> None:
    operator.post(url(model.provider, "delete"), {"post": "yes"})
    assert AIProvider.objects.filter(pk=model.provider.pk).exists()


def test_a_page_opened_before_another_edit_does_not_undo_it(operator: Client, provider: AIProvider) -> None:
    page = opened(operator, provider)
    AIProvider.objects.filter(pk=provider.pk).update(base_url="https://moved.test/v1")
    late = operator.post(url(provider, "change"), page | {"name": "Late"})
    (sentence,) = errors(late)["__all__"]
    assert "Stored now, where your page differs: Name: " in sentence
    assert "Base URL: https://moved.test/v1" in sentence
    provider.refresh_from_db()
    assert (provider.base_url, provider.name != "Late") == ("https://moved.test/v1", True)


def test_a_revert_restores_a_provider(operator: Client, alice: User, provider: AIProvider) -> None:
    first = provider.history.first()
    saved(operator, provider, base_url="https://moved.test/v1", is_active=None)
    address = url(provider, "simple_history", first.history_id)
    page = operator.get(address)
    assert "Base URL https://moved.test/v1 https://provider.test/v1" in text_of(page)
    assert operator.post(address, inputs_of(page)).status_code == 302
    provider.refresh_from_db()
    assert (provider.base_url, provider.is_active) == ("https://provider.test/v1", True)
    kind, who, reason = history_of(provider)[-1]
    assert (kind, who) == ("~", alice.username)
    assert reason is not None
    assert reason.startswith(f"reverted to version {first.history_id} of ")


def test_a_provider_can_be_added(operator: Client) -> None:
    data = {
        "slug": "added-here",
        "name": "Added",
        "dialect": "openai-compatible",
        "base_url": "https://added.test/v1",
        "api_key_env": "ADDED_KEY",
        "is_active": "on",
    }
    assert operator.post(url(AIProvider, "add"), data).status_code == 302
    provider = AIProvider.objects.get(slug="added-here")
    assert (provider.dialect, provider.api_key_env) == ("openai-compatible", "ADDED_KEY")
    provider.delete()


def test_a_slug_that_models_name_is_not_reverted(
    operator: Client, provider: AIProvider, make_model: MakeModel
) -> None:
    first, old, new = provider.history.first(), provider.slug, f"{provider.slug}-new"
    AIProvider.objects.filter(pk=provider.pk).update(slug=new)
    provider.refresh_from_db()
    model = make_model(provider=provider)
    address = url(provider, "simple_history", first.history_id)
    refused = operator.post(address, inputs_of(operator.get(address)))
    assert refused.status_code == 200
    assert f"{model.model_name} named the provider {new}, so it cannot become {old} again." in text_of(
        refused
    )
    model.delete()
    assert operator.post(address, inputs_of(refused)).status_code == 302
    provider.refresh_from_db()
    assert provider.slug == old


@pytest.mark.parametrize("from_the_list", [True, False])
def test_no_model_is_added_while_its_provider_is_being_deleted(
    operator: Client, alice: User, provider: AIProvider, monkeypatch: pytest.MonkeyPatch, from_the_list: bool
) -> None:
    look = AIProviderAdmin.get_deleted_objects

    def look_while_somebody_adds_a_model(*args: Any) -> Any:
        found = look(*args)
        with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="lock timeout"):
            pool.submit(add_a_model).result()
        return found

    def add_a_model() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            AIModelConfig.objects.create(
                model_name="too-late",
                model_type="text",
                provider=provider,
                input_cost_per_1m=1,
                output_cost_per_1m=1,
            )
        finally:
            connection.close()

    monkeypatch.setattr(AIProviderAdmin, "get_deleted_objects", look_while_somebody_adds_a_model)
    if from_the_list:
        act(operator, "delete_selected", [provider], post="yes")
    else:
        operator.post(url(provider, "delete"), {"post": "yes"})
    assert not AIProvider.objects.filter(pk=provider.pk).exists()
    assert log_of(provider.pk) == [(alice.username, "")]
    assert history_of(provider)[-1][:2] == ("-", alice.username)
