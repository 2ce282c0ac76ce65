"""Phase 6: Validators Update."""

from __future__ import annotations

import pytest

from igny8_core.ai.validators import validate_image_size, validate_model
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.errors import InactiveModel, InvalidImageSize, UnknownModel
from tests.callable_model import CallableModel


def test_validate_model_checks_the_database_for_active_models(text_model: CallableModel) -> None:
    """`validate_model(model, model_type)` - Checks database for active models."""
    assert validate_model(text_model.name, "text").name == text_model.name
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(is_active=False)
    with pytest.raises(InactiveModel):
        validate_model(text_model.name, "text")
    with pytest.raises(UnknownModel, match="image model 'gpt-4o' is not available"):
        validate_model("gpt-4o", "image")


def test_validate_image_size_uses_the_models_valid_sizes(image_model: CallableModel) -> None:
    """`validate_image_size(size, model)` - Uses model's `valid_sizes` from database."""
    validate_image_size("256x256", image_model.name)
    AIModelConfig.objects.filter(pk=image_model.config.pk).update(valid_sizes=["64x64"])
    validate_image_size("64x64", image_model.name)
    with pytest.raises(InvalidImageSize):
        validate_image_size("256x256", image_model.name)


def test_dynamic_model_availability(text_model: CallableModel) -> None:
    """Dynamic model availability."""
    assert validate_model(text_model.name).name == text_model.name
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(model_name=f"{text_model.name}-v2")
    assert validate_model(f"{text_model.name}-v2").name == f"{text_model.name}-v2"
    with pytest.raises(UnknownModel):
        validate_model(text_model.name)


def test_better_error_messages_with_available_model_lists() -> None:
    """Better error messages with available model lists."""
    with pytest.raises(UnknownModel) as unknown:
        validate_model("gpt-9", "text")
    assert unknown.value.message == (
        "text model 'gpt-9' is not available; available text models: gpt-4o-mini, gpt-4o, gpt-4.1, gpt-5.1, gpt-5.2"
    )
    with pytest.raises(InvalidImageSize) as size:
        validate_image_size("512x512", "dall-e-3")
    assert size.value.message == (
        "size '512x512' is not valid for dall-e-3; valid sizes: 1024x1024, 1024x1792, 1792x1024"
    )


def test_automatic_sync_with_database_state(text_model: CallableModel) -> None:
    """Automatic sync with database state: also a model switched off by its provider, and on again."""
    text_model.provider.is_active = False
    text_model.provider.save()
    with pytest.raises(InactiveModel):
        validate_model(text_model.name)
    text_model.provider.is_active = True
    text_model.provider.save()
    assert validate_model(text_model.name).name == text_model.name
