"""What a model's prices became, each time they changed. Written by triggers alone, whoever changes a price and however."""

from django.db import models


class PriceVersion(models.Model):
    model_name = models.CharField(max_length=100)
    began = models.DateTimeField(help_text="When the transaction that changed the prices began.")
    transaction = models.BigIntegerField(help_text="PostgreSQL's number of that transaction.")
    recorded_at = models.DateTimeField(help_text="When the prices became these.")
    prices = models.JSONField(
        null=True, help_text="Base prices and rates, in USD; nothing where the model was deleted."
    )

    class Meta:
        app_label = "billing"
        ordering = ("-recorded_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("model_name", "began", "transaction"),
                name="a_transaction_leaves_one_version_of_prices",
            ),
        )
        indexes = (models.Index("model_name", "recorded_at", name="price_version_by_time"),)

    def __str__(self) -> str:
        return f"{self.model_name} at {self.recorded_at:%Y-%m-%d %H:%M:%S}"
