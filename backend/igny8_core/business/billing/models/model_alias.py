"""Another name that a provider gives a model, such as a dated snapshot. Names are matched whole, never by prefix."""

from django.core.validators import RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from igny8_core.business.billing.models.ai_model_config import AIModelConfig


class ModelAlias(models.Model):
    model = models.ForeignKey(AIModelConfig, models.CASCADE, related_name="aliases")
    name = models.CharField(
        max_length=100,
        unique=True,
        validators=[RegexValidator(r"^\S+\Z", "A name has no spaces.")],
        help_text="Exact name, e.g. gpt-4o-2024-08-06: it costs what the model costs.",
    )
    history = HistoricalRecords(app="billing")

    class Meta:
        app_label = "billing"
        ordering = ("name",)
        verbose_name = "model alias"
        verbose_name_plural = "model aliases"

    def __str__(self) -> str:
        return self.name
