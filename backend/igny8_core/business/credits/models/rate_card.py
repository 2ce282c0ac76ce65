"""A rate card that an account was charged with, kept for good."""

from django.db import models

from igny8_core.business.credits.models.account import Account


class StoredRateCard(models.Model):
    """Keyed (account, card): its id is a hash of its body, so the same card of two accounts has one id."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    id = models.UUIDField(primary_key=True)
    body = models.JSONField(help_text="The card's canonical content; its hash is the id.")
    stored_at = models.DateTimeField()

    class Meta:
        app_label = "credits"
        db_table = "credits_rate_card"

    def __str__(self) -> str:
        return str(self.id)
