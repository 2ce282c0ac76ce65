"""What a call costs now and would cost, beside the form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.billing_admin.conftest import MakeModel, MakeUser, logged_in
from tests.modules.billing_admin.pages import saved, text_of, url

PREVIEW = reverse("admin:billing_aimodelconfig_price_preview")


def preview(client: Client, model: AIModelConfig | None, **typed: str) -> str:
    response = client.get(PREVIEW, {"object": model.pk if model else "", **typed})
    assert response.status_code == 200
    return text_of(response)


def text_prices(input_price: str, output_price: str) -> dict[str, str]:
    return {"model_type": "text", "input_cost_per_1m": input_price, "output_cost_per_1m": output_price}


def test_a_text_model_is_shown_now_and_as_typed(operator: Client, model: AIModelConfig) -> None:
    assert preview(operator, model, **text_prices("0.30", "0.60")) == (
        "What a call costs 1,000 input and 500 output tokens Now $0.00045 As typed $0.0006"
    )


def test_an_image_model_is_shown_for_one_image(operator: Client, image_model: AIModelConfig) -> None:
    assert preview(operator, image_model, model_type="image", cost_per_image="0.05") == (
        "What a call costs One image Now $0.04 As typed $0.05"
    )


def test_a_new_model_has_no_now(operator: Client) -> None:
    assert preview(operator, None, **text_prices("2", "8")) == (
        "What a call costs 1,000 input and 500 output tokens As typed $0.006"
    )


def test_tiny_costs_are_exact(operator: Client) -> None:
    assert "As typed $0.00000000002" in preview(operator, None, **text_prices("0.00000001", "0.00000002"))


def test_a_suspect_price_is_named_while_it_is_typed(operator: Client, model: AIModelConfig) -> None:
    assert preview(operator, model, **text_prices("1.50", "0.60")).endswith(
        "As typed $0.0018 input price: $0.15 -> $1.50 per 1M, 10 times as much"
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (text_prices("abc", "1"), "Input price: A price is a number with a point, e.g. 0.15."),
        (text_prices("1", "NaN"), "Output price: A price is a number with a point, e.g. 0.15."),
        (text_prices("1", "1e400"), "Output price: "),
        (text_prices("1", "-1"), "A price cannot be negative."),
        (text_prices("1", ""), "Enter the prices to see what a call costs."),
        ({}, "Choose the type to see what a call costs."),
        ({"model_type": "video"}, "Choose the type to see what a call costs."),
        (text_prices("1\x00", "1"), "Input price: "),
    ],
)
def test_what_cannot_be_priced_is_said_quietly(
    operator: Client, typed: dict[str, str], sentence: str
) -> None:
    text = preview(operator, None, **typed)
    assert "As typed –" in text
    assert sentence in text


def test_a_model_that_is_not_there_is_a_new_one(operator: Client) -> None:
    for object_id in ("999999999", "x", "9" * 40):
        response = operator.get(PREVIEW, {"object": object_id, **text_prices("1", "1")})
        assert response.status_code == 200
        assert "Now" not in text_of(response)


def test_the_form_comes_with_its_preview(operator: Client, model: AIModelConfig) -> None:
    page = operator.get(url(model, "change"))
    assert "Now $0.00045 As typed $0.00045" in text_of(page)
    html = page.content.decode()
    assert f'hx-get="{PREVIEW}?object={model.pk}"' in html
    refused = saved(operator, model, input_cost_per_1m="3")
    assert "Now $0.00045 As typed $0.0033" in text_of(refused)


def test_who_may_only_look_sees_what_a_call_costs_now(viewer: Client, model: AIModelConfig) -> None:
    page = viewer.get(url(model, "change"))
    assert "What a call costs 1,000 input and 500 output tokens Now $0.00045" in text_of(page)
    assert "As typed" not in text_of(page)
    assert "hx-get" not in page.content.decode().split('id="price-preview"')[1].split(">")[0]


def test_nobody_else_may_ask(make_user: MakeUser, model: AIModelConfig) -> None:
    stranger = logged_in(make_user("eve", "view_aiprovider"))
    query: dict[str, Any] = {"object": model.pk, **text_prices("1", "1")}
    assert stranger.get(PREVIEW, query).status_code == 403
    assert Client().get(PREVIEW, query).status_code == 302
    adder = logged_in(make_user("adder", "add_aimodelconfig"))
    assert adder.get(PREVIEW, text_prices("1", "1")).status_code == 200
    assert adder.get(PREVIEW, query).status_code == 403


def test_typing_stores_nothing(operator: Client, make_model: MakeModel) -> None:
    model = make_model()
    preview(operator, model, **text_prices("9", "9"))
    model.refresh_from_db()
    assert (model.input_cost_per_1m, model.output_cost_per_1m) == (Decimal("0.15"), Decimal("0.60"))
