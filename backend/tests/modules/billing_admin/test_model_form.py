"""The form of a model: prices as people write them, sentences instead of constraints, who edited it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from tests.modules.billing_admin.conftest import MakeModel
from tests.modules.billing_admin.pages import (
    act,
    history_of,
    log_of,
    messages_of,
    opened,
    saved,
    text_of,
    typed_nothing,
    url,
)

NO_LIST = 'Sizes are a list in brackets and quotation marks, e.g. ["1024x1024", "1024x1792"].'


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {field: list(found) for field, found in response.context["adminform"].form.errors.items()}


def new_model(client: Client, provider: AIProvider, **typed: Any) -> Any:
    data = typed_nothing(client.get(url(AIModelConfig, "add"))) | {
        "model_name": "new-model",
        "display_name": "New model",
        "model_type": "text",
        "provider": provider.slug,
        "input_cost_per_1m": "0.15",
        "output_cost_per_1m": "0.60",
    }
    return client.post(url(AIModelConfig, "add"), data | typed)


def test_an_edited_price_names_its_editor_and_enters_the_history(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    response = saved(operator, model, input_cost_per_1m="0.25")
    assert response.status_code == 302
    model.refresh_from_db()
    assert (model.input_cost_per_1m, model.output_cost_per_1m) == (Decimal("0.25"), Decimal("0.60"))
    assert model.updated_by == alice
    assert [version.input_cost_per_1m for version in model.history.all()] == [
        Decimal("0.25"),
        Decimal("0.15"),
    ]
    assert history_of(model)[1:] == [("~", alice.username, None)]
    assert log_of(model.pk) == [(alice.username, "Changed Input price.")]


def test_a_form_saved_as_it_was_opened_is_no_edit(operator: Client, model: AIModelConfig) -> None:
    before = AIModelConfig.objects.values().get(pk=model.pk)
    assert saved(operator, model).status_code == 302
    assert AIModelConfig.objects.values().get(pk=model.pk) == before
    assert len(history_of(model)) == 1
    assert [what for _who, what in log_of(model.pk)] == ["No fields changed."]


def test_prices_are_shown_without_empty_zeros_and_never_in_powers_of_ten(
    operator: Client, make_model: MakeModel
) -> None:
    model = make_model(
        input_cost_per_1m=Decimal("0.00000020"),
        output_cost_per_1m=Decimal("0.00000000"),
        cost_per_image=Decimal("12.50000000"),
    )
    data = opened(operator, model)
    assert data["input_cost_per_1m"] == "0.0000002"
    assert data["output_cost_per_1m"] == "0"
    assert data["cost_per_image"] == "12.5"
    page = operator.get(url(model, "change")).content.decode()
    assert not re.search(r'value="\d*\.?\d+[eE]-?\d+"', page)
    assert re.search(r'<input type="text" name="input_cost_per_1m" value="0.0000002"', page)


def test_who_may_only_look_sees_the_same_prices(viewer: Client, make_model: MakeModel) -> None:
    model = make_model(input_cost_per_1m=Decimal("0.0000002"), output_cost_per_1m=Decimal("0.60"))
    page = viewer.get(url(model, "change"))
    assert "Input price 0.0000002 " in text_of(page)
    assert "Output price 0.6 " in text_of(page)
    assert "0.60000000" not in text_of(page)


def test_the_fieldsets_are_by_category_and_can_be_closed(operator: Client, model: AIModelConfig) -> None:
    page = operator.get(url(model, "change"))
    sets = {fieldset.name: fieldset.is_collapsible for fieldset in page.context["adminform"]}
    assert sets == {
        "Identity": False,
        "Text pricing": True,
        "Image pricing": True,
        "Capabilities": True,
        "Status": True,
        "Audit": True,
    }


def test_the_audit_fields_cannot_be_typed(operator: Client, alice: User, model: AIModelConfig) -> None:
    created = model.created_at
    typed = {"created_at": "2001-01-01", "updated_at": "2001-01-01", "updated_by": "", "description": "new"}
    assert saved(operator, model, **typed).status_code == 302
    model.refresh_from_db()
    assert (model.created_at, model.updated_by) == (created, alice)
    assert not {"created_at", "updated_at", "updated_by"} & opened(operator, model).keys()


def test_a_new_model_is_stored_with_its_maker(
    operator: Client, alice: User, provider: AIProvider, make_model: MakeModel
) -> None:
    assert new_model(operator, provider, description="first").status_code == 302
    model = AIModelConfig.objects.get(model_name="new-model")
    try:
        assert (model.input_cost_per_1m, model.valid_sizes, model.updated_by) == (Decimal("0.15"), [], alice)
        assert history_of(model) == [("+", alice.username, None)]
    finally:
        model.delete()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (
            {"output_cost_per_1m": ""},
            "__all__",
            "A text model needs an input price and an output price; 0 is a price.",
        ),
        ({"model_type": "image"}, "__all__", "An image model needs a price per image; 0 is a price."),
        ({"input_cost_per_1m": "-0.01"}, "__all__", "A price cannot be negative."),
        ({"input_cost_per_1m": "1000000"}, "__all__", "A price must be a number below one million dollars."),
        ({"input_cost_per_1m": "NaN"}, "input_cost_per_1m", "A price is a number with a point, e.g. 0.15."),
        ({"input_cost_per_1m": "0,15"}, "input_cost_per_1m", "A price is a number with a point, e.g. 0.15."),
        # Decimal() would take each of these; the second as 16.
        ({"input_cost_per_1m": "0.1_6"}, "input_cost_per_1m", "A price is a number with a point, e.g. 0.15."),
        ({"input_cost_per_1m": "1_6"}, "input_cost_per_1m", "A price is a number with a point, e.g. 0.15."),
        ({"input_cost_per_1m": "16e-2"}, "input_cost_per_1m", "A price is a number with a point, e.g. 0.15."),
        (
            {"input_cost_per_1m": "\u0660.\u0662"},
            "input_cost_per_1m",
            "A price is a number with a point, e.g. 0.15.",
        ),
        ({"valid_sizes": "[" * 100_000}, "valid_sizes", NO_LIST),
        ({"valid_sizes": '["\\ud800"]'}, "valid_sizes", NO_LIST),
        ({"valid_sizes": f"[{'1' * 5000}]"}, "valid_sizes", NO_LIST),
        (
            {"valid_sizes": f"[{'7, ' * 99_999}7]"},
            "valid_sizes",
            "100000 sizes; at most 50 can be listed",
        ),
        ({"input_cost_per_1m": "0.123456789"}, "input_cost_per_1m", "A price has at most 8 decimals."),
        (
            {"valid_sizes": '"1024x1024"'},
            "valid_sizes",
            'sizes must be a list, e.g. ["1024x1024", "1024x1792"]; this is \'1024x1024\'',
        ),
        (
            {"valid_sizes": '["1024x1024", "big"]'},
            "valid_sizes",
            'a size is a string of width, "x" and height, e.g. "1024x1024"; this is none: \'big\'',
        ),
        ({"valid_sizes": '["1x1", "1x1"]'}, "valid_sizes", "listed more than once: 1x1"),
    ],
)
def test_a_refusal_is_a_sentence_and_nothing_is_saved(
    operator: Client, model: AIModelConfig, typed: dict[str, str], field: str, sentence: str
) -> None:
    before = AIModelConfig.objects.values().get(pk=model.pk)
    found = errors(saved(operator, model, **typed))
    assert sentence in found[field]
    assert AIModelConfig.objects.values().get(pk=model.pk) == before
    assert len(history_of(model)) == 1


@pytest.mark.parametrize("nothing", ["", "null", "{}", "[]"])
def test_no_sizes_is_an_empty_list(operator: Client, image_model: AIModelConfig, nothing: str) -> None:
    assert saved(operator, image_model, valid_sizes=nothing).status_code == 302
    image_model.refresh_from_db()
    assert image_model.valid_sizes == []


def test_ticking_default_names_the_default_and_the_way(
    operator: Client, model: AIModelConfig, default_text: AIModelConfig
) -> None:
    found = errors(saved(operator, model, is_default="on"))
    assert found == {
        "is_default": [
            "gpt-4o-mini is the default text model, and a type has one. Leave this box empty, save, and use the"
            " action “Set as default” in the list of models: it moves the default in one step."
        ]
    }
    assert AIModelConfig.objects.filter(is_default=True, model_type="text").get() == default_text


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("is_active", {"is_active": None}, "so it must stay active."),
        ("is_default", {"is_default": None}, "calls that name no model need one."),
        ("model_type", {"model_type": "image", "cost_per_image": "0.04"}, "so its type must stay."),
    ],
)
def test_what_is_default_keeps_its_place(
    operator: Client, default_text: AIModelConfig, field: str, typed: dict[str, Any], reason: str
) -> None:
    before = AIModelConfig.objects.values().get(pk=default_text.pk)
    found = errors(saved(operator, default_text, **typed))
    assert list(found) == [field]
    (sentence,) = found[field]
    assert sentence.startswith("gpt-4o-mini is the default text model")
    assert reason in sentence
    assert sentence.endswith("Set another text model as default first: that moves the default in one step.")
    assert AIModelConfig.objects.values().get(pk=default_text.pk) == before


def test_a_default_may_be_ticked_where_its_type_has_none(
    operator: Client, model: AIModelConfig, default_text: AIModelConfig
) -> None:
    AIModelConfig.objects.filter(pk=default_text.pk).update(is_default=False)
    inactive = errors(saved(operator, model, is_default="on", is_active=None))
    assert inactive == {"is_default": ["Only an active model can be the default: tick “active” too."]}
    AIProvider.objects.filter(pk=model.provider.pk).update(is_active=False)
    unserved = errors(saved(operator, model, is_default="on"))
    assert unserved == {
        "is_default": ["Its provider is inactive, so calls would be refused: activate the provider first."]
    }
    AIProvider.objects.filter(pk=model.provider.pk).update(is_active=True)
    assert saved(operator, model, is_default="on").status_code == 302
    model.refresh_from_db()
    assert model.is_default is True


def test_a_default_model_is_not_deleted(operator: Client, default_text: AIModelConfig) -> None:
    for response in (
        operator.get(url(default_text, "delete")),
        operator.post(url(default_text, "delete"), {"post": "yes"}),
    ):
        assert (response.status_code, response["Location"]) == (302, url(default_text, "change"))
        assert (
            messages_of(response)[-1]
            == "gpt-4o-mini (the default text model) cannot be deleted: calls that name no model need it. Set another"
            " model of the type as default first; nothing was changed"
        )
    assert AIModelConfig.objects.filter(pk=default_text.pk).exists()
    assert not [what for _who, what in log_of(default_text.pk) if "eleted" in what]


def test_a_deleted_model_leaves_its_history_with_its_actor(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    assert operator.get(url(model, "delete")).status_code == 200
    assert operator.post(url(model, "delete"), {"post": "yes"}).status_code == 302
    assert not AIModelConfig.objects.filter(pk=model.pk).exists()
    assert history_of(model)[-1] == ("-", alice.username, "deleted")


def test_no_page_of_a_model_that_is_not_there_fails(operator: Client) -> None:
    missing = AIModelConfig(pk=999_999_999)
    assert operator.get(url(missing, "change")).status_code == 302
    assert operator.post(url(missing, "change"), {}).status_code == 302
    assert operator.post(url(missing, "delete"), {"post": "yes"}).status_code == 302


def test_a_default_is_not_moved_to_a_provider_that_is_off(
    operator: Client,
    model: AIModelConfig,
    default_text: AIModelConfig,
    make_provider: Callable[..., AIProvider],
) -> None:
    act(operator, "set_as_default", [model])
    off = make_provider(is_active=False)
    (sentence,) = errors(saved(operator, model, provider=off.slug))["provider"]
    assert sentence.startswith(
        f"{model.model_name} is the default text model, so its provider must be an active one."
    )
    model.refresh_from_db()
    assert model.provider_id != off.slug


def test_a_zero_has_no_sign(operator: Client, make_model: MakeModel) -> None:
    model = make_model(input_cost_per_1m=Decimal(0))
    versions = len(history_of(model))
    assert saved(operator, model, input_cost_per_1m="-0.00").status_code == 302
    assert len(history_of(model)) == versions
