"""What happened to a call: one row for each outcome, only ever added, partitioned by month of admission."""

from django.db import models

from igny8_core.business.credits.models.account import Account
from igny8_core.business.credits.models.fields import credits_field, usd_field


class CreditUsageLog(models.Model):
    class Status(models.TextChoices):
        SETTLED = "settled", "Settled"
        VOID = "void", "Void"
        UNKNOWN = "unknown", "Unknown"
        REFUSED = "refused", "Refused"

    class Confidence(models.TextChoices):
        EXACT = "exact", "Exact"
        ESTIMATED = "estimated", "Estimated"
        UNPRICED = "unpriced", "Unpriced"

    account = models.ForeignKey(Account, models.PROTECT, related_name="usage")
    admitted_at = models.DateTimeField()
    id = models.BigAutoField(primary_key=True)
    logged_at = models.DateTimeField()
    request_id = models.UUIDField()
    attempt = models.IntegerField(help_text="0 where no hold was made.")
    status = models.CharField(max_length=10, choices=Status.choices)
    error_code = models.CharField(max_length=50, null=True)
    operation = models.CharField(max_length=20)
    model = models.CharField(max_length=100, null=True)
    provider = models.CharField(max_length=50, null=True)
    user_ref = models.CharField("user", max_length=100, null=True, help_text="Whom the caller named.")
    api_key_id = models.BigIntegerField("API key", null=True)
    price_source = models.CharField(max_length=20, null=True)
    card_id = models.UUIDField(
        "rate card", null=True, help_text="The stored rate card that this was priced with."
    )
    usage = models.JSONField(help_text="Quantities by unit, disjoint.")
    cost_usd = usd_field(verbose_name="cost (USD)")
    usd_per_credit = usd_field(
        verbose_name="USD per credit", null=True, help_text="What a credit was worth when this was charged."
    )
    credits = credits_field()
    held = credits_field(help_text="Credits that this outcome released from the hold.")
    provider_request_id = models.TextField("provider's request id", null=True)
    detail = models.JSONField(null=True)
    confidence = models.CharField(
        max_length=10,
        choices=Confidence.choices,
        null=True,
        help_text="How sure the price is: exact; estimated, at a rate stated as an estimate; or unpriced, for want of a rate.",
    )

    class Meta:
        app_label = "credits"
        db_table = "credits_usage_log"
        verbose_name = "credit usage log row"
        indexes = (
            models.Index(fields=("admitted_at", "id"), name="usage_by_time"),
            models.Index(
                fields=("status", "admitted_at", "id"),
                name="usage_that_is_not_settled",
                condition=~models.Q(status="settled"),
            ),
            models.Index(
                fields=("error_code", "admitted_at", "id"),
                name="usage_by_error_code",
                condition=models.Q(error_code__isnull=False),
            ),
            models.Index(
                fields=("confidence", "admitted_at", "id"),
                name="usage_that_is_not_exact",
                condition=models.Q(confidence__in=("estimated", "unpriced")),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(status="settled")
                | models.Q(card_id__isnull=False, usd_per_credit__isnull=False),
                name="settled_usage_names_what_it_was_priced_with",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="settled")
                | models.Q(confidence__isnull=False, confidence__in=("exact", "estimated")),
                name="a_charge_has_a_price",
            ),
        )

    def __str__(self) -> str:
        return f"Call {self.request_id} {self.status}"
