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
    user_ref = models.CharField(max_length=100, null=True)
    api_key_id = models.BigIntegerField(null=True)
    price_source = models.CharField(max_length=20, null=True)
    card_id = models.UUIDField(null=True, help_text="The stored rate card that this was priced with.")
    usage = models.JSONField(help_text="Quantities by unit, disjoint.")
    cost_usd = usd_field()
    usd_per_credit = usd_field(null=True, help_text="What a credit was worth when this was charged.")
    credits = credits_field()
    held = credits_field(help_text="Credits that this outcome released from the hold.")
    provider_request_id = models.TextField(null=True)
    detail = models.JSONField(null=True)

    class Meta:
        app_label = "credits"
        db_table = "credits_usage_log"
        verbose_name = "credit usage"
        verbose_name_plural = "credit usage log"
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(status="settled")
                | models.Q(card_id__isnull=False, usd_per_credit__isnull=False),
                name="settled_usage_names_what_it_was_priced_with",
            ),
        )

    def __str__(self) -> str:
        return f"{self.request_id} {self.status}"
