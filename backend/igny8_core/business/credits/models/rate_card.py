"""A rate card that an account was charged with, kept for good."""

from django.db import models

from igny8_core.business.credits.models.account import Account


class StoredRateCard(models.Model):
    """Stored once for each account. `card_id` is a hash of the body, so the same card has one id everywhere."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    id = models.BigAutoField(primary_key=True)
    card_id = models.UUIDField(help_text="Hash of the content.")
    body = models.JSONField(help_text="The card's canonical content; its hash is the card id.")
    stored_at = models.DateTimeField()

    class Meta:
        app_label = "credits"
        db_table = "credits_rate_card"
        indexes = (models.Index(fields=("id",), name="rate_card_by_id"),)

    def __str__(self) -> str:
        return f"Rate card {self.card_id}"
