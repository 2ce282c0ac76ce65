"""The table that people edit: the document's nine models, its four methods, and what the database refuses."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.errors import UnpricedUsage

SEEDED = {
    "gpt-4o-mini": ("text", "0.15", "0.60", 128000, True, True),
    "gpt-4o": ("text", "2.50", "10.00", 128000, True, False),
    "gpt-4.1": ("text", "2.00", "8.00", 8000, True, False),
    "gpt-5.1": ("text", "1.25", "10.00", 16000, True, False),
    "gpt-5.2": ("text", "1.75", "14.00", 16000, True, False),
    "dall-e-3": ("image", "0.040", None, None, True, True),
    "dall-e-2": ("image", "0.020", None, None, True, False),
    "gpt-image-1": ("image", "0.042", None, None, False, False),
    "gpt-image-1-mini": ("image", "0.011", None, None, False, False),
}


@pytest.mark.parametrize("name", SEEDED)
def test_the_seed_is_the_documents(name: str) -> None:
    model_type, first_price, output_price, context, is_active, is_default = SEEDED[name]
    model = AIModelConfig.objects.get(model_name=name)

    price = model.cost_per_image if model_type == "image" else model.input_cost_per_1m
    assert (model.model_type, model.provider_id) == (model_type, "openai")
    assert price == Decimal(first_price)
    assert model.output_cost_per_1m == (Decimal(output_price) if output_price else None)
    assert (model.context_window, model.is_active, model.is_default) == (context, is_active, is_default)


def test_nine_models_are_seeded_and_seven_are_active() -> None:
    seeded = AIModelConfig.objects.filter(provider="openai")
    assert (seeded.count(), seeded.filter(is_active=True).count()) == (9, 7)


def test_the_documents_example_runs_as_written() -> None:
    model = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    assert model.get_cost_for_tokens(1000, 500) == Decimal("0.000450")
    dalle = AIModelConfig.objects.get(model_name="dall-e-3")
    assert dalle.validate_size("1024x1024") is True
    assert dalle.validate_size("512x512") is False
    assert dalle.get_cost_for_images(3) == Decimal("0.12")


def test_pickers_show_fixed_decimals() -> None:
    model = AIModelConfig(display_name="Tiny", model_type="text", input_cost_per_1m=Decimal("2e-7"))
    model.output_cost_per_1m = Decimal("0.60")
    assert model.get_display_with_pricing() == "Tiny ($0.0000002/$0.6000 per 1M)"
    dalle = AIModelConfig.objects.get(model_name="dall-e-3")
    assert dalle.get_display_with_pricing() == "DALL-E 3 ($0.0400/image)"


def test_an_image_model_has_no_price_for_tokens() -> None:
    with pytest.raises(UnpricedUsage):
        AIModelConfig.objects.get(model_name="dall-e-3").get_cost_for_tokens(1, 0)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("model_type_has_one_default", {"is_default": True}),
        ("default_model_is_active", {"is_default": True, "is_active": False}),
        ("model_prices_are_not_negative", {"input_cost_per_1m": Decimal("-0.01")}),
        ("text_model_has_token_prices", {"output_cost_per_1m": None}),
        ("image_model_has_image_price", {"model_type": "image"}),
    ],
)
def test_the_database_refuses(constraint: str, fields: dict[str, Any]) -> None:
    good = {"input_cost_per_1m": Decimal(1), "output_cost_per_1m": Decimal(1), "model_type": "text"}
    with pytest.raises(IntegrityError, match=constraint):
        AIModelConfig.objects.create(model_name="refused", provider_id="openai", **(good | fields))
    assert not AIModelConfig.objects.filter(model_name="refused").exists()


def test_a_provider_is_found_by_its_slug() -> None:
    assert AIModelConfig.objects.filter(provider="openai", model_name="gpt-4o").exists()
