"""Phase 1: AIModelConfig Model."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.db.utils import IntegrityError

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.errors import UnpricedUsage
from tests.callable_model import CallableModel

TEXT_FIELDS = ("input_cost_per_1m", "output_cost_per_1m", "context_window", "max_output_tokens")
IMAGE_FIELDS = ("cost_per_image", "valid_sizes")
CAPABILITIES = ("supports_json_mode", "supports_vision", "supports_function_calling")
STATUS_FIELDS = ("is_active", "is_default", "sort_order")
AUDIT_TRAIL = ("created_at", "updated_at", "updated_by")


def field(name: str) -> models.Field[object, object]:
    found = AIModelConfig._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def test_file_business_billing_models() -> None:
    """File: `backend/igny8_core/business/billing/models.py` (here a package of that name, with the same import)."""
    assert AIModelConfig.__module__.startswith("igny8_core.business.billing.models")


def test_15_fields_supporting_both_text_and_image_models() -> None:
    """15 fields supporting both text and image models."""
    named = (*TEXT_FIELDS, *IMAGE_FIELDS, *CAPABILITIES, *STATUS_FIELDS, *AUDIT_TRAIL)
    assert len(named) == 15
    assert set(named) < {each.name for each in AIModelConfig._meta.get_fields()}


@pytest.mark.parametrize("name", TEXT_FIELDS)
def test_text_model_fields(name: str) -> None:
    """Text model fields: `input_cost_per_1m`, `output_cost_per_1m`, `context_window`, `max_output_tokens`."""
    assert field(name).null
    expected = models.DecimalField if "cost" in name else models.PositiveIntegerField
    assert isinstance(field(name), expected)


def test_image_model_fields_cost_per_image_and_valid_sizes_a_json_array() -> None:
    """Image model fields: `cost_per_image`, `valid_sizes` (JSON array)."""
    assert isinstance(field("cost_per_image"), models.DecimalField)
    assert isinstance(field("valid_sizes"), models.JSONField)
    dalle = AIModelConfig.objects.get(model_name="dall-e-3")
    assert dalle.valid_sizes == ["1024x1024", "1024x1792", "1792x1024"]


@pytest.mark.parametrize("name", CAPABILITIES)
def test_capabilities(name: str) -> None:
    """Capabilities: `supports_json_mode`, `supports_vision`, `supports_function_calling`."""
    assert isinstance(field(name), models.BooleanField)


@pytest.mark.parametrize("name", STATUS_FIELDS)
def test_status_fields(name: str) -> None:
    """Status fields: `is_active`, `is_default`, `sort_order`."""
    assert isinstance(field(name), models.IntegerField if name == "sort_order" else models.BooleanField)


def test_audit_trail_created_at_updated_at_updated_by(text_model: CallableModel) -> None:
    """Audit trail: `created_at`, `updated_at`, `updated_by`."""
    config = text_model.config
    created, updated = config.created_at, config.updated_at
    user = get_user_model().objects.create_user(username=f"editor of {config.model_name}")
    config.updated_by = user
    config.save()
    config.refresh_from_db()
    assert config.created_at == created
    assert config.updated_at > updated
    assert config.updated_by == user
    user.delete()
    config.refresh_from_db()
    assert config.updated_by is None


def test_history_tracking_via_django_simple_history(text_model: CallableModel) -> None:
    """History tracking via `django-simple-history`."""
    config = text_model.config
    config.output_cost_per_1m = Decimal(12)
    config.save()
    newest, oldest = config.history.all()
    assert (newest.history_type, newest.output_cost_per_1m) == ("~", Decimal(12))
    assert (oldest.history_type, oldest.output_cost_per_1m) == ("+", Decimal(10))


def test_get_cost_for_tokens(text_model: CallableModel) -> None:
    """`get_cost_for_tokens(input_tokens, output_tokens)` - Calculate text model cost."""
    assert text_model.config.get_cost_for_tokens(1000, 500) == Decimal("0.006")
    assert text_model.config.get_cost_for_tokens(0, 0) == 0
    with pytest.raises(UnpricedUsage):
        AIModelConfig.objects.get(model_name="dall-e-3").get_cost_for_tokens(1, 1)


def test_get_cost_for_images(image_model: CallableModel) -> None:
    """`get_cost_for_images(num_images)` - Calculate image model cost."""
    assert image_model.config.get_cost_for_images(3) == Decimal("0.12")
    with pytest.raises(UnpricedUsage):
        AIModelConfig.objects.get(model_name="gpt-4o").get_cost_for_images(1)


def test_validate_size(image_model: CallableModel) -> None:
    """`validate_size(size)` - Validate image size for model."""
    assert image_model.config.validate_size("256x256") is True
    assert image_model.config.validate_size("257x257") is False


@pytest.mark.parametrize(
    ("price", "display"),
    [
        ("0.15", "Name ($0.1500/$10.0000 per 1M)"),
        ("0.0000002", "Name ($0.0000002/$10.0000 per 1M)"),
        ("0", "Name ($0.0000/$10.0000 per 1M)"),
    ],
)
def test_get_display_with_pricing(price: str, display: str) -> None:
    """`get_display_with_pricing()` - Formatted string for dropdowns; never in the form of 2e-07."""
    model = AIModelConfig(
        model_type="text",
        display_name="Name",
        input_cost_per_1m=Decimal(price),
        output_cost_per_1m=Decimal("10.00000000"),
    )
    assert model.get_display_with_pricing() == display


@pytest.mark.parametrize(
    ("model", "change", "constraint"),
    [
        ("gpt-4o", {"is_default": True}, "model_type_has_one_default"),
        ("gpt-4o-mini", {"is_active": False}, "default_model_is_active"),
        ("gpt-4o", {"input_cost_per_1m": Decimal("-0.01")}, "model_prices_are_not_negative"),
        ("gpt-4o", {"output_cost_per_1m": None}, "text_model_has_token_prices"),
        ("dall-e-2", {"cost_per_image": None}, "image_model_has_image_price"),
    ],
)
def test_the_database_refuses_what_would_misprice(
    model: str, change: dict[str, object], constraint: str
) -> None:
    """Besides the document: one default for each type, a default is active, no price is negative or missing."""
    rows = AIModelConfig.objects.filter(model_name=model)
    before = rows.values().get()
    with pytest.raises(IntegrityError, match=constraint):
        rows.update(**change)
    assert rows.values().get() == before
