"""An address or a form that no page makes is answered, changes nothing and breaks nothing."""

from __future__ import annotations

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from tests.modules.billing_admin.conftest import MakeUser, logged_in
from tests.modules.billing_admin.pages import opened, url

EXPORT = url(AIModelConfig, "export")


@pytest.mark.parametrize("selected", ["abc", "", "1.5", "\0", "9" * 5000, "1 OR 1=1"])
@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (AIModelConfig, "deactivate"),
        (AIModelConfig, "delete_selected"),
        (AIModelConfig, "export_admin_action"),
        (AIProvider, "delete_selected"),
    ],
)
def test_an_act_on_what_is_no_row_is_refused(
    operator: Client, model: AIModelConfig, kind: type[Model], action: str, selected: str
) -> None:
    row = model if kind is AIModelConfig else model.provider
    data = {"action": action, "_selected_action": [str(row.pk), selected], "post": "yes"}
    assert operator.post(url(kind, "changelist"), data).status_code == 400
    model.refresh_from_db()
    assert model.is_active is True


@pytest.mark.parametrize(
    "page", [f"{url(AIModelConfig, 'changelist')}?provider__slug__exact", f"{EXPORT}?model_type__exact"]
)
def test_a_filter_with_a_nul_is_dropped(operator: Client, page: str) -> None:
    answer = operator.get(f"{page}=%00")
    assert (answer.status_code, answer["Location"]) == (302, f"{page.partition('?')[0]}?e=1")
    assert operator.get(answer["Location"]).status_code == 200


def test_a_providers_filter_with_a_nul_is_dropped(operator: Client) -> None:
    answer = operator.get(f"{url(AIProvider, 'changelist')}?dialect=%00")
    assert (answer.status_code, answer["Location"]) == (302, f"{url(AIProvider, 'changelist')}?e=1")


@pytest.mark.parametrize(
    "query", ["is_active__exact=perhaps", "sort_order=abc", "action=x", "dialect=openai"]
)
def test_an_export_by_a_filter_that_is_none_exports_nothing(operator: Client, query: str) -> None:
    for answer in (operator.get(f"{EXPORT}?{query}"), operator.post(f"{EXPORT}?{query}", {"format": "0"})):
        assert (answer.status_code, answer["Location"]) == (302, f"{EXPORT}?e=1")
    assert operator.get(f"{EXPORT}?e=1").status_code == 200


def test_the_start_of_a_name_may_be_anything(operator: Client, provider: AIProvider) -> None:
    def found(term: str) -> list[str]:
        query = {
            "app_label": "billing",
            "model_name": "aimodelconfig",
            "field_name": "provider",
            "term": term,
        }
        answer = operator.get(reverse("admin:autocomplete"), query)
        assert answer.status_code == 200
        return [one["id"] for one in answer.json()["results"]]

    assert found("\0") == []
    assert found(provider.slug) == [provider.slug]


def test_a_copy_of_a_model_is_made_only_by_who_may_add(make_user: MakeUser, model: AIModelConfig) -> None:
    editor = logged_in(make_user("editor", "view_aimodelconfig", "change_aimodelconfig"))
    page = opened(editor, model) | {"model_name": "a-copy", "_saveasnew": ""}
    assert editor.post(url(model, "change"), page).status_code == 403
    assert not AIModelConfig.objects.filter(model_name="a-copy").exists()
