"""The encrypted answer of a keyed call, so that a replay costs nothing."""

from django.db import models

from igny8_core.business.credits.models.account import Account


class StoredAnswer(models.Model):
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    request_id = models.UUIDField(primary_key=True)
    answer = models.TextField(help_text="Fernet token.")
    expires_at = models.DateTimeField()

    class Meta:
        app_label = "credits"

    def __str__(self) -> str:
        return str(self.request_id)
