"""What a model's invoice has beside its base prices: a price of one unit, with its conditions and its time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from simple_history.models import HistoricalRecords

from igny8_core.business.billing.image_sizes import SIZE
from igny8_core.business.billing.models.ai_model_config import MOST_USD, AIModelConfig
from igny8_core.business.billing.price_sheet import DatedRate
from igny8_core.business.billing.rate_cards import RATE_NAMES, Rate
from igny8_core.business.billing.usage import STANDARD_NAMES, UNITS

PER: Final = (1, 1_000, 1_000_000, 1_000_000_000)
TIER: Final = r"^([a-z0-9][a-z0-9_.-]*|\*)?$"
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def unit_choices() -> list[tuple[str, str]]:
    """The registry of units, as a form offers them. A function, so that a new unit needs no migration."""
    return [(unit.name, unit.label.capitalize()) for unit in UNITS.values()]


def per_choices() -> list[tuple[int, str]]:
    return [(per, f"{per:,}") for per in PER]


_lower_case = RegexValidator(
    TIER, "Small letters, digits, dots, hyphens and underscores, as the provider reports it; or * for any."
)


class ModelRate(models.Model):
    """A row of a model's price sheet. The most specific rate that applies wins; two that could both win are refused."""

    model = models.ForeignKey(AIModelConfig, models.CASCADE, related_name="rates")
    unit = models.CharField(max_length=40, choices=unit_choices, help_text="What is counted.")
    amount = models.DecimalField(
        max_digits=18, decimal_places=12, help_text="USD for each so many units; 0 is a price."
    )
    per = models.PositiveBigIntegerField(
        default=1_000_000, choices=per_choices, help_text="How many units the amount is for."
    )
    service_tier = models.CharField(
        max_length=50,
        blank=True,
        default="",
        validators=[_lower_case],
        help_text="Tier that the provider reports, e.g. flex or priority; empty: standard calls only; * for any tier.",
    )
    is_batch = models.BooleanField(
        "batch",
        null=True,
        blank=True,
        default=False,
        choices=[(False, "Not batch"), (True, "Batch"), (None, "Batch or not")],
        help_text="Whether it is for batch calls.",
    )
    above_input_tokens = models.PositiveIntegerField(
        default=0,
        help_text="For calls whose whole prompt is longer than so many tokens: the whole call has this rate. 0: any call.",
    )
    image_size = models.CharField(
        max_length=20,
        blank=True,
        default="",
        validators=[RegexValidator(SIZE, 'Width, "x" and height, e.g. 1024x1024.')],
        help_text="Images only, e.g. 1024x1792; empty: every size.",
    )
    image_quality = models.CharField(
        max_length=50,
        blank=True,
        default="",
        validators=[_lower_case],
        help_text="Images only, e.g. hd; empty: calls that ask for no quality; * for any quality.",
    )
    valid_from = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Begins then, in UTC, e.g. 2026-12-01 00:00:00; empty: always was so.",
    )
    valid_to = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Ends then, in UTC, and is not valid at that moment; empty: without an end.",
    )
    is_estimate = models.BooleanField(
        "estimate",
        default=False,
        help_text="The provider states no such price: charges at this rate are marked as estimated.",
    )
    source_url = models.URLField(
        "source", max_length=500, blank=True, help_text="Page that states this price."
    )
    checked_on = models.DateField(null=True, blank=True, help_text="Day on which the source was last read.")
    history = HistoricalRecords(app="billing")

    class Meta:
        app_label = "billing"
        ordering = (
            "unit",
            "service_tier",
            "is_batch",
            "above_input_tokens",
            "image_size",
            "image_quality",
            "id",
        )
        verbose_name = "model rate"
        constraints = (
            models.CheckConstraint(
                # NaN is not below any number, so this refuses it too.
                condition=Q(amount__gte=0, amount__lt=MOST_USD),
                name="model_rate_is_a_price",
                violation_error_message="An amount must be a number from 0 to below one million dollars.",
            ),
            models.CheckConstraint(
                condition=Q(per__in=PER),
                name="model_rate_is_per_a_power_of_ten",
                violation_error_message="An amount is for 1, 1,000, 1,000,000 or 1,000,000,000 units.",
            ),
            models.CheckConstraint(
                # A charge keeps 18 decimals.
                condition=Q(per__lte=1_000_000) | Q(amount=Round("amount", 9)),
                name="model_rate_keeps_every_digit",
                violation_error_message="For 1,000,000,000 units an amount has at most nine decimals.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lt=F("valid_to")),
                name="model_rate_begins_before_it_ends",
                violation_error_message="A rate must begin before it ends.",
            ),
            models.CheckConstraint(
                condition=(Q(valid_from__isnull=True) | Q(valid_from__gte=EARLIEST, valid_from__lt=LATEST))
                & (Q(valid_to__isnull=True) | Q(valid_to__gte=EARLIEST, valid_to__lt=LATEST)),
                name="model_rate_is_of_this_age",
                violation_error_message="A rate begins and ends between the years 2000 and 3000.",
            ),
            models.CheckConstraint(
                condition=Q(unit="images") | Q(image_size="", image_quality=""),
                name="size_and_quality_are_for_images",
                violation_error_message="Only images have a size or a quality.",
            ),
            models.CheckConstraint(
                condition=Q(service_tier__regex=TIER, image_quality__regex=TIER),
                name="model_rate_names_are_lower_case",
                violation_error_message="Tier and quality are written in small letters.",
            ),
            models.CheckConstraint(
                # Nothing is ever billed under these names: such a rate would never win.
                condition=~Q(service_tier__in=STANDARD_NAMES["service_tier"])
                & ~Q(image_quality__in=STANDARD_NAMES["image_quality"]),
                name="standard_calls_name_no_tier_or_quality",
                violation_error_message="Standard calls have no tier or quality: leave it empty.",
            ),
        )

    def __str__(self) -> str:
        condition = self.dated_rate.rate.condition
        return f"{self.get_unit_display()}{f' ({condition})' if condition else ''}"

    @property
    def dated_rate(self) -> DatedRate:
        """The rate as pricing knows it, with its time."""
        values: dict[str, Any] = {name: getattr(self, name) for name in RATE_NAMES}
        return DatedRate(Rate(**values), self.valid_from, self.valid_to)
