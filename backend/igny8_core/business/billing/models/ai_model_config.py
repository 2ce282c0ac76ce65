"""A model that calls can name, with its base prices: the table that people edit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from igny8_core.business.billing.image_sizes import check_sizes
from igny8_core.business.billing.models.ai_provider import AIProvider
from igny8_core.business.billing.price_sheet import PriceSheet
from igny8_core.business.billing.pricing import as_billed, price
from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.billing.usage import MTOK, Usage
from igny8_core.business.credits.money import format_usd, without_trailing_zeros

MOST_USD: Final = 1_000_000
STANDARD_CALL: Final = Usage()


def _usd_field(help_text: str) -> models.DecimalField[Any, Any]:
    # Eight decimals: the finest prices per million tokens have five, and a charge must not round them.
    return models.DecimalField(max_digits=16, decimal_places=8, null=True, blank=True, help_text=help_text)


class AIModelConfig(models.Model):
    class ModelType(models.TextChoices):
        TEXT = "text", "Text"
        IMAGE = "image", "Image"

    model_name = models.CharField(
        max_length=100, unique=True, help_text="The provider's name of the model, as calls give it."
    )
    display_name = models.CharField(max_length=200, help_text="Name shown in pickers.")
    model_type = models.CharField(max_length=20, choices=ModelType.choices)
    provider = models.ForeignKey(AIProvider, models.PROTECT, to_field="slug", db_column="provider")
    description = models.TextField(blank=True)

    input_cost_per_1m = _usd_field("USD per million input tokens (text models).")
    output_cost_per_1m = _usd_field("USD per million output tokens (text models).")
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens in, at most.")
    max_output_tokens = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens out, at most.")

    cost_per_image = _usd_field("USD per image (image models).")
    valid_sizes = models.JSONField(
        default=list,
        blank=True,
        validators=[check_sizes],
        help_text='Sizes that calls may ask for, e.g. ["1024x1024"].',
    )

    supports_json_mode = models.BooleanField("JSON mode", default=False)
    supports_vision = models.BooleanField("vision", default=False)
    supports_function_calling = models.BooleanField("function calling", default=False)

    is_active = models.BooleanField("active", default=True, help_text="Inactive models refuse calls.")
    is_default = models.BooleanField(
        "default", default=False, help_text="Used when a call of this type names no model; one for each type."
    )
    sort_order = models.IntegerField(default=0, help_text="Lower comes first.")

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    history = HistoricalRecords(app="billing")

    class Meta:
        app_label = "billing"
        ordering = ("-model_type", "sort_order", "model_name")
        verbose_name = "AI model configuration"
        constraints = (
            models.UniqueConstraint(
                fields=("model_type",),
                condition=Q(is_default=True),
                name="model_type_has_one_default",
                violation_error_message="Another model of this type is the default; each type has one.",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True),
                name="default_model_is_active",
                violation_error_message="A default model must be active.",
            ),
            models.CheckConstraint(
                condition=(Q(input_cost_per_1m__isnull=True) | Q(input_cost_per_1m__gte=0))
                & (Q(output_cost_per_1m__isnull=True) | Q(output_cost_per_1m__gte=0))
                & (Q(cost_per_image__isnull=True) | Q(cost_per_image__gte=0)),
                name="model_prices_are_not_negative",
                violation_error_message="A price cannot be negative.",
            ),
            models.CheckConstraint(
                # NaN is not below any number, so this refuses it too.
                condition=(Q(input_cost_per_1m__isnull=True) | Q(input_cost_per_1m__lt=MOST_USD))
                & (Q(output_cost_per_1m__isnull=True) | Q(output_cost_per_1m__lt=MOST_USD))
                & (Q(cost_per_image__isnull=True) | Q(cost_per_image__lt=MOST_USD)),
                name="model_prices_are_numbers",
                violation_error_message="A price must be a number below one million dollars.",
            ),
            models.CheckConstraint(
                condition=~Q(model_type="text")
                | Q(input_cost_per_1m__isnull=False, output_cost_per_1m__isnull=False),
                name="text_model_has_token_prices",
                violation_error_message="A text model needs an input price and an output price; 0 is a price.",
            ),
            models.CheckConstraint(
                condition=~Q(model_type="image") | Q(cost_per_image__isnull=False),
                name="image_model_has_image_price",
                violation_error_message="An image model needs a price per image; 0 is a price.",
            ),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def price_sheet(self) -> PriceSheet:
        """Every price of the model as the row stands in memory, with its rates as they are stored."""
        rates: Any = self.rates.all() if self.pk else ()
        return PriceSheet(
            model=self.model_name,
            provider=self.provider_id,
            source="database",
            input_cost_per_1m=self.input_cost_per_1m,
            output_cost_per_1m=self.output_cost_per_1m,
            cost_per_image=self.cost_per_image,
            rates=tuple(rate.dated_rate for rate in rates),
        )

    @property
    def rate_card(self) -> RateCard:
        """The card that these prices compile to now."""
        return self.price_sheet.card_at(timezone.now())

    def get_cost_for_tokens(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Exact USD for a text call. Raises UnpricedUsage for a model without token prices."""
        return self._cost_of(Usage(input_tokens=input_tokens, output_tokens=output_tokens))

    def get_cost_for_images(self, num_images: int) -> Decimal:
        """Exact USD for `num_images` images. Raises UnpricedUsage for a model without an image price."""
        return self._cost_of(Usage(images=num_images))

    def _cost_of(self, usage: Usage) -> Decimal:
        card = self.rate_card
        return price(card, as_billed(card, usage)).total_usd

    def validate_size(self, size: str) -> bool:
        """Whether a call may ask this image model for `size`, e.g. "1024x1024"."""
        return size in self.valid_sizes

    @property
    def pricing_display(self) -> str:
        """What standard calls cost now: `$0.1500/$0.6000 per 1M` or `$0.0400/image`."""
        return self.display_of(self.rate_card)

    def display_of(self, card: RateCard) -> str:
        """What standard calls cost at a card of this model, as people read it."""
        rates = card.rates_for(STANDARD_CALL)
        if self.model_type == self.ModelType.IMAGE and "images" in rates:
            return f"${format_usd(rates['images'].usd_each)}/image"
        if "input_tokens" not in rates or "output_tokens" not in rates:
            return "no price"
        each = (rates[unit].usd_each * MTOK for unit in ("input_tokens", "output_tokens"))
        return "/".join(f"${format_usd(without_trailing_zeros(usd))}" for usd in each) + " per 1M"

    def get_display_with_pricing(self) -> str:
        """What a picker shows: `GPT-4o mini - Fast & Affordable ($0.1500/$0.6000 per 1M)`."""
        return f"{self.display_name} ({self.pricing_display})"
