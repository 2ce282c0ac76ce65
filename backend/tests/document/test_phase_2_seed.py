"""Phase 2: Migration & Data Seeding."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest

from igny8_core.business.billing.models import AIModelConfig

TEXT = [
    ("gpt-4o-mini", "0.15", "0.60", 128_000, False),
    ("gpt-4o", "2.50", "10.00", 128_000, True),
    ("gpt-4.1", "2.00", "8.00", 8_000, False),
    ("gpt-5.1", "1.25", "10.00", 16_000, False),
    ("gpt-5.2", "1.75", "14.00", 16_000, False),
]
IMAGE = [
    ("dall-e-3", "0.040", True),
    ("dall-e-2", "0.020", True),
    ("gpt-image-1", "0.042", False),
    ("gpt-image-1-mini", "0.011", False),
]


def test_file_0020_create_ai_model_config() -> None:
    """File: `backend/igny8_core/modules/billing/migrations/0020_create_ai_model_config.py`."""
    module = import_module("igny8_core.modules.billing.migrations.0020_create_ai_model_config")
    assert (
        Path(str(module.__file__))
        .as_posix()
        .endswith("backend/igny8_core/modules/billing/migrations/0020_create_ai_model_config.py")
    )


def test_text_models_5() -> None:
    """Text Models (5)."""
    names = AIModelConfig.objects.filter(model_type="text").values_list("model_name", flat=True)
    assert list(names) == [name for name, *_ in TEXT]


@pytest.mark.parametrize(
    ("name", "input_cost", "output_cost", "context_window", "has_vision"), TEXT, ids=lambda value: str(value)
)
def test_a_text_models_prices_and_context(
    name: str, input_cost: str, output_cost: str, context_window: int, has_vision: bool
) -> None:
    """`gpt-4o-mini` (default) - $0.15/$0.60 per 1M | 128K context, and so on; K is a thousand, as in the document's
    own API sample (128000, 16000)."""
    model = AIModelConfig.objects.get(model_name=name)
    assert (model.input_cost_per_1m, model.output_cost_per_1m) == (Decimal(input_cost), Decimal(output_cost))
    assert model.context_window == context_window
    assert model.supports_vision is has_vision
    assert model.is_active


def test_image_models_4() -> None:
    """Image Models (4)."""
    names = AIModelConfig.objects.filter(model_type="image").values_list("model_name", flat=True)
    assert list(names) == [name for name, *_ in IMAGE]


@pytest.mark.parametrize(("name", "cost", "is_active"), IMAGE)
def test_an_image_models_price_and_status(name: str, cost: str, is_active: bool) -> None:
    """`dall-e-3` (default) - $0.040/image, and so on; two are inactive."""
    model = AIModelConfig.objects.get(model_name=name)
    assert (model.cost_per_image, model.is_active) == (Decimal(cost), is_active)


def test_dall_e_3_and_dall_e_2_have_3_sizes() -> None:
    """$0.040/image | 3 sizes; $0.020/image | 3 sizes."""
    sizes = AIModelConfig.objects.filter(model_name__startswith="dall-e").values_list(
        "valid_sizes", flat=True
    )
    assert [len(each) for each in sizes] == [3, 3]


def test_the_defaults_are_gpt_4o_mini_and_dall_e_3() -> None:
    """`gpt-4o-mini` (default), `dall-e-3` (default)."""
    names = AIModelConfig.objects.filter(is_default=True).values_list("model_name", flat=True)
    assert list(names) == ["gpt-4o-mini", "dall-e-3"]


def test_total_9_models_7_active() -> None:
    """Total: 9 models (7 active)."""
    assert AIModelConfig.objects.count() == 9
    assert AIModelConfig.objects.filter(is_active=True).count() == 7


def test_the_seed_is_in_the_history() -> None:
    """Besides the document: the first prices are as much history as any edit."""
    oldest = [AIModelConfig.objects.get(model_name=name).history.last() for name, *_ in TEXT + IMAGE]
    assert {row.history_change_reason for row in oldest} == {"migration 0020"}
