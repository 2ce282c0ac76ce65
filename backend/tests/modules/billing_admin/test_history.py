"""The history of a model: who, when, what; deleted models' too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import JSONField, Value
from django.test import Client
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.billing_admin.conftest import MakeModel
from tests.modules.billing_admin.pages import act, saved, text_of, url


def test_the_history_says_who_changed_what_and_when(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    saved(operator, model, input_cost_per_1m="0.0000002", confirm_prices="")
    saved(operator, model, output_cost_per_1m="0.55", supports_vision="on", context_window="8000")
    act(operator, "deactivate", [model])
    page = operator.get(url(model, "history"))
    text = text_of(page)
    assert "Output price: $0.60 → $0.55" in text
    assert "Vision: no → yes" in text
    assert "Context window: none → 8000" in text
    assert "Active: yes → no" in text
    assert "Updated at" not in text
    last = model.history.first()
    assert (
        f"{last.history_id}: view or revert {last.history_date:%Y-%m-%d %H:%M:%S} UTC {alice.username}"
        in text
    )
    assert text.index("deactivated") < text.index("Vision: no → yes")


def test_a_refused_price_is_no_version(operator: Client, model: AIModelConfig) -> None:
    saved(operator, model, input_cost_per_1m="1.5")
    assert len(operator.get(url(model, "history")).context["page_obj"]) == 1


def test_the_last_version_of_a_page_is_compared_with_the_one_before(
    operator: Client, model: AIModelConfig
) -> None:
    for number in range(101):
        model.sort_order = number + 1
        model.save()
    page = operator.get(url(model, "history"))
    assert len(page.context["page_obj"]) == 100
    assert "Sort order: 1 → 2" in text_of(page)


def test_the_history_of_a_deleted_model_is_there(operator: Client, model: AIModelConfig) -> None:
    pk = model.pk
    act(operator, "delete_selected", [model], post="yes")
    history = reverse("admin:billing_aimodelconfig_history", args=[pk])
    page = operator.get(history)
    assert page.status_code == 200
    assert "Deleted" in text_of(page)
    version = AIModelConfig.history.filter(id=pk).first()
    detail = operator.get(
        reverse("admin:billing_aimodelconfig_simple_history", args=[pk, version.history_id])
    )
    assert detail.status_code == 200
    assert "This row is deleted; “Revert” brings it back as this version says." in text_of(detail)
    assert "Input price $0.15" in text_of(detail)


def test_a_version_shows_what_is_stored_beside_what_it_says(operator: Client, model: AIModelConfig) -> None:
    first = model.history.first()
    saved(operator, model, input_cost_per_1m="0.20")
    text = text_of(operator.get(url(model, "simple_history", first.history_id)))
    assert "Field Now This version" in text
    assert "1,000 input and 500 output tokens Now $0.0005 This version $0.00045" in text
    assert "Input price $0.20 $0.15 Output price $0.60 $0.60" in text


@pytest.mark.parametrize("args", [("x",), (999_999_999,)])
def test_no_history_of_nothing(operator: Client, args: tuple[object]) -> None:
    assert operator.get(reverse("admin:billing_aimodelconfig_history", args=args)).status_code == 404


def test_no_version_of_nothing(operator: Client, model: AIModelConfig, image_model: AIModelConfig) -> None:
    name = "admin:billing_aimodelconfig_simple_history"
    of_another = image_model.history.first().history_id
    for args in ((model.pk, "x"), (model.pk, 10**30), (model.pk, of_another), ("x", 1), (10**30, 1)):
        for response in (operator.get(reverse(name, args=args)), operator.post(reverse(name, args=args))):
            assert response.status_code == 404, args


def test_prices_in_the_history_are_decimals(operator: Client, model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal("0.0000002"))
    model.refresh_from_db()
    model.save()
    assert "Input price: $0.15 → $0.0000002" in text_of(operator.get(url(model, "history")))


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"1x1": 1}, "{'1x1': 1}"),
        (7, "7"),
        ("1x1", "1x1"),
        ([{"a": 1}, None], "{'a': 1}, None"),
        (Value(None, JSONField()), "none"),
    ],
)
def test_sizes_that_only_sql_can_store_have_a_history(
    operator: Client, image_model: AIModelConfig, sizes: Any, shown: str
) -> None:
    first = image_model.history.first()
    AIModelConfig.objects.filter(pk=image_model.pk).update(valid_sizes=sizes)
    version = text_of(operator.get(url(image_model, "simple_history", first.history_id)))
    assert f"Valid sizes {shown} 1024x1024" in version
    act(operator, "deactivate", [image_model])
    history = text_of(operator.get(url(image_model, "history")))
    assert f"Valid sizes: 1024x1024 → {shown}" in history
    act(operator, "delete_selected", [image_model], post="yes")
    assert not AIModelConfig.objects.filter(pk=image_model.pk).exists()


def test_the_page_of_a_deleted_model_leads_to_its_history(operator: Client, make_model: MakeModel) -> None:
    model = make_model()
    pk = model.pk
    model.delete()
    answer = operator.get(url(AIModelConfig, "change", pk), follow=True)
    assert answer.redirect_chain == [(url(AIModelConfig, "history", pk), 302)]
    assert "is deleted; a version below brings it back" in text_of(answer)
