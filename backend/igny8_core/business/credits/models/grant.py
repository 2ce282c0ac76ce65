"""Credits that came in, and what is left of them."""

from django.db import models
from django.db.models import F, Q

from igny8_core.business.credits import money
from igny8_core.business.credits.models.account import Account
from igny8_core.business.credits.models.fields import credits_field


class Grant(models.Model):
    """Drawn at settle in the order priority, soonest expiry, free before paid, oldest."""

    class Source(models.TextChoices):
        PURCHASE = "purchase", "Purchase"
        SUBSCRIPTION = "subscription", "Subscription"
        PROMOTION = "promotion", "Promotion"
        REFUND = "refund", "Refund"
        ADJUSTMENT = "adjustment", "Adjustment"

    account = models.ForeignKey(Account, models.PROTECT, related_name="grants")
    id = models.BigAutoField(primary_key=True)
    external_id = models.CharField(
        max_length=200, help_text="Granting twice with one external id grants once."
    )
    source = models.CharField(max_length=20, choices=Source.choices)
    amount = credits_field(help_text="Credits.")
    repaid = credits_field(default=0, help_text="Went to the debt that stood when it came in.")
    remaining = credits_field(help_text="Not yet drawn, expired or used to repay debt.")
    priority = models.SmallIntegerField(default=100, help_text="Lower is drawn first.")
    is_paid = models.BooleanField("paid", default=False, help_text="Free credits are drawn before paid ones.")
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="What is left then is lost; empty: never."
    )
    created_at = models.DateTimeField()

    class Meta:
        app_label = "credits"
        indexes = (models.Index(fields=("created_at", "id"), name="grant_by_time"),)
        constraints = (
            models.UniqueConstraint(fields=("account", "external_id"), name="grant_external_id_is_used_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="grant_amount_is_positive"),
            models.CheckConstraint(condition=Q(repaid__gte=0), name="grant_repaid_is_not_negative"),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("amount") - F("repaid")),
                name="grant_remaining_is_within_its_amount",
            ),
        )

    def __str__(self) -> str:
        return f"{money.format_credits(self.amount)} credits from {self.source}"
