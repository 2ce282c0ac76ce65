from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.money import format_usd
from igny8_core.business.shown_value import shown_value
from igny8_core.modules.api.parameters import unknown
from igny8_core.modules.billing.shown_prices import ShownPrices, shown_base_prices

COMMON: Final = ("model_name", "display_name", "model_type", "provider")
TEXT: Final = ("input_cost_per_1m", "output_cost_per_1m", "context_window", "max_output_tokens")
IMAGE: Final = ("cost_per_image", "valid_sizes")
CAPABILITIES: Final = ("supports_json_mode", "supports_vision")
TAIL: Final = ("is_default", "sort_order", "pricing_display")
# What an administrator sees who asks for inactive models, or edits one.
ADMINISTRATION: Final = ("description", "supports_function_calling", "is_active", "provider_is_active")

PRICE: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
MOST_INTEGER: Final = 2**31 - 1


def fields_of_the_other_type(model: AIModelConfig) -> tuple[str, ...]:
    """What is neither shown of a model nor given to it."""
    return TEXT if model.model_type == AIModelConfig.ModelType.IMAGE else IMAGE


class UsdField(serializers.Field[Decimal, str, str, Any]):
    """USD as a string of at least four decimals: "0.1500"."""

    def to_representation(self, value: Decimal) -> str:
        return format_usd(value)


class AIModelConfigSerializer(serializers.ModelSerializer[AIModelConfig]):
    """A model with its prices in USD. A text model has token fields, an image model image fields.

    The base prices are as they are stored; `pricing_display` and `pricing` are what is charged. The context has
    `prices`, ShownPrices by name; `in_detail`; `as_asked`, where a time was asked for; and `for_administrator`.
    """

    input_cost_per_1m = UsdField(read_only=True)
    output_cost_per_1m = UsdField(read_only=True)
    cost_per_image = UsdField(read_only=True)
    pricing_display = serializers.SerializerMethodField()
    provider_is_active = serializers.BooleanField(source="provider.is_active", read_only=True)

    class Meta:
        model = AIModelConfig
        fields = (*COMMON, *TEXT, *IMAGE, *CAPABILITIES, *TAIL, *ADMINISTRATION)

    def to_representation(self, instance: AIModelConfig) -> dict[str, Any]:
        data = super().to_representation(instance)
        data["valid_sizes"] = data["valid_sizes"] or []
        hidden = fields_of_the_other_type(instance)
        if not self.context.get("for_administrator"):
            hidden = (*hidden, *ADMINISTRATION)
        prices = self._prices(instance)
        if prices is not None:
            data |= shown_base_prices(prices.sheet)
        shown = {name: value for name, value in data.items() if name not in hidden}
        return shown | self._more(instance, prices)

    def get_pricing_display(self, model: AIModelConfig) -> str:
        prices = self._prices(model)
        return model.pricing_display if prices is None else model.display_of(prices.period.card)

    def _prices(self, model: AIModelConfig) -> ShownPrices | None:
        prices: ShownPrices | None = self.context.get("prices", {}).get(model.model_name)
        return prices

    def _more(self, instance: AIModelConfig, prices: ShownPrices | None) -> dict[str, Any]:
        """What is not in the list, unless a base price there is not what is charged."""
        more: dict[str, Any] = {}
        if prices is None:
            return more
        in_detail = self.context.get("in_detail", False)
        if in_detail or self.context.get("as_asked") or prices.is_more_than_the_base_prices:
            more["pricing"] = prices.pricing
        if in_detail:
            more["rates"] = prices.rates
            more["aliases"] = [alias.name for alias in instance.aliases.all()]
        return more


@extend_schema_field({"type": "string", "pattern": f"^{PRICE.pattern}$", "examples": ["0.1500"]})
class PriceField(serializers.Field[Decimal, str, str, Any]):
    """USD as answers show it: a string, since a JSON number may have lost digits on its way."""

    default_error_messages = {
        "not_a_string": 'a price is a string of plain decimals, such as "0.1500"; this is {value}'
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not PRICE.fullmatch(data):
            self.fail("not_a_string", value=shown_value(data))
        return Decimal(data)


class YesNoField(serializers.BooleanField):
    """true or false, and nothing that resembles them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumberField(serializers.IntegerField):
    """A JSON integer, and neither "5" nor 5.0."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


def _help(name: str) -> str:
    return str(getattr(AIModelConfig._meta.get_field(name), "help_text", ""))


class AIModelEditSerializer(serializers.Serializer[Any]):
    """The fields to change, and no others. Prices are strings: "0.1500"."""

    display_name = serializers.CharField(required=False, max_length=200, help_text=_help("display_name"))
    description = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    input_cost_per_1m = PriceField(required=False, allow_null=True, help_text=_help("input_cost_per_1m"))
    output_cost_per_1m = PriceField(required=False, allow_null=True, help_text=_help("output_cost_per_1m"))
    cost_per_image = PriceField(required=False, allow_null=True, help_text=_help("cost_per_image"))
    context_window = WholeNumberField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_INTEGER,
        help_text=_help("context_window"),
    )
    max_output_tokens = WholeNumberField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_INTEGER,
        help_text=_help("max_output_tokens"),
    )
    valid_sizes = serializers.ListField(
        required=False,
        child=serializers.CharField(max_length=20),
        max_length=50,
        help_text=_help("valid_sizes"),
    )
    supports_json_mode = YesNoField(required=False)
    supports_vision = YesNoField(required=False)
    supports_function_calling = YesNoField(required=False)
    is_active = YesNoField(required=False, help_text=_help("is_active"))
    is_default = YesNoField(
        required=False,
        help_text="true makes it its type's default, in one step; the default changes hands only so.",
    )
    sort_order = WholeNumberField(
        required=False,
        min_value=-MOST_INTEGER - 1,
        max_value=MOST_INTEGER,
        help_text=_help("sort_order"),
    )
    confirm = YesNoField(
        required=False, help_text="true confirms a price that was answered with `confirmation_required`."
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            for name in data:
                if name not in self.fields:
                    raise unknown("field", name, data[name], self.fields)
        return super().to_internal_value(data)
