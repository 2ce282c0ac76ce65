"""One movement of an account's credits. Only ever added."""

from django.db import models

from igny8_core.business.credits import money
from igny8_core.business.credits.models.account import Account
from igny8_core.business.credits.models.fields import credits_field


class LedgerEntry(models.Model):
    class Kind(models.TextChoices):
        GRANT = "grant", "Grant"
        CHARGE = "charge", "Charge"
        OVERRUN = "overrun", "Overrun"
        EXPIRY = "expiry", "Expiry"

    account = models.ForeignKey(Account, models.PROTECT, related_name="entries")
    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = credits_field(help_text="Positive comes in, negative goes out.")
    posted_after = credits_field(help_text="The account's posted credits after this entry.")
    request_id = models.UUIDField(null=True, help_text="The hold that was settled.")
    grant_id = models.BigIntegerField("grant", null=True, help_text="The grant that was made or expired.")
    draws = models.JSONField(null=True, help_text="Credits drawn from each grant: {grant id: amount}.")
    created_at = models.DateTimeField()

    class Meta:
        app_label = "credits"
        verbose_name_plural = "ledger entries"
        indexes = (
            models.Index(fields=("created_at", "id"), name="ledger_entry_by_time"),
            models.Index(
                fields=("kind", "created_at", "id"),
                name="ledger_entry_that_is_no_charge",
                condition=~models.Q(kind="charge"),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=("grant", "charge", "overrun", "expiry")),
                name="entry_kind_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {money.format_credits(self.amount)}"
