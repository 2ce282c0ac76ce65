from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.money import format_usd

COMMON = ("model_name", "display_name", "model_type", "provider")
TEXT = ("input_cost_per_1m", "output_cost_per_1m", "context_window", "max_output_tokens")
IMAGE = ("cost_per_image", "valid_sizes")
CAPABILITIES = ("supports_json_mode", "supports_vision")
TAIL = ("is_default", "sort_order", "pricing_display")


class UsdField(serializers.Field[Decimal, str, str, Any]):
    """USD as a string of at least four decimals: "0.1500"."""

    def to_representation(self, value: Decimal) -> str:
        return format_usd(value)


class AIModelConfigSerializer(serializers.ModelSerializer[AIModelConfig]):
    """A model with its prices in USD. A text model has token fields, an image model image fields."""

    input_cost_per_1m = UsdField(read_only=True)
    output_cost_per_1m = UsdField(read_only=True)
    cost_per_image = UsdField(read_only=True)
    pricing_display = serializers.CharField(read_only=True)

    class Meta:
        model = AIModelConfig
        fields = (*COMMON, *TEXT, *IMAGE, *CAPABILITIES, *TAIL)

    def to_representation(self, instance: AIModelConfig) -> dict[str, Any]:
        data = super().to_representation(instance)
        for name in TEXT if instance.model_type == AIModelConfig.ModelType.IMAGE else IMAGE:
            del data[name]
        return data
