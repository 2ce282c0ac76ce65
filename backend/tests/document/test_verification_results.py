"""Verification Results."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import admin
from django.urls import resolve

from igny8_core.ai.constants import constants_catalogue
from igny8_core.ai.validators import validate_image_size, validate_model
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.billing.views import AIModelConfigViewSet


def test_database_models_9_models_7_active_2_inactive() -> None:
    """9 models (7 active, 2 inactive)."""
    states = list(AIModelConfig.objects.values_list("is_active", flat=True))
    assert (len(states), states.count(True), states.count(False)) == (9, 7, 2)


def test_cost_calculations_image() -> None:
    """Image: $0.0400."""
    dalle = AIModelConfig.objects.get(model_name="dall-e-3")
    assert dalle.get_cost_for_images(1) == Decimal("0.0400")
    assert dalle.pricing_display == "$0.0400/image"


def test_cost_calculations_text() -> None:
    """Text: $0.000523. The document does not state for which tokens of which model, so that figure cannot be checked.
    What can be: that costs of its size are exact. At gpt-4o-mini's prices 1,000 tokens in and 500 out, the only usage
    that the document states, cost $0.000450; and $0.0005229, which is $0.000523 in six decimals, is 2 in and 871 out."""
    mini = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    assert mini.get_cost_for_tokens(1000, 500) == Decimal("0.000450")
    assert mini.get_cost_for_tokens(2, 871) == Decimal("0.0005229")


def test_model_validators_database_queries_work_correctly() -> None:
    """Database queries work correctly."""
    assert validate_model("gpt-4o", "text").name == "gpt-4o"
    validate_image_size("1024x1792", "dall-e-3")


def test_django_admin_registered_with_9_display_fields() -> None:
    """Registered with 9 display fields."""
    assert len(admin.site._registry[AIModelConfig].list_display) == 9


def test_api_endpoint() -> None:
    """`/api/v1/billing/ai/models/`."""
    assert resolve("/api/v1/billing/ai/models/").func.cls is AIModelConfigViewSet


def test_model_methods_all_helper_methods_functional() -> None:
    """All helper methods functional."""
    dalle = AIModelConfig.objects.get(model_name="dall-e-3")
    mini = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    assert mini.get_cost_for_tokens(1_000_000, 0) == Decimal("0.15")
    assert dalle.get_cost_for_images(2) == Decimal("0.08")
    assert dalle.validate_size("1024x1024")
    assert mini.get_display_with_pricing() == "GPT-4o mini - Fast & Affordable ($0.1500/$0.6000 per 1M)"


def test_default_models() -> None:
    """gpt-4o-mini (text), dall-e-3 (image)."""
    models = catalogue.fresh(constants_catalogue)
    assert models.resolve(None, "text").name == "gpt-4o-mini"
    assert models.resolve(None, "image").name == "dall-e-3"
