"""A key that calls authenticate with. Only its hash is kept."""

from django.db import models
from django.db.models.functions import Now

from igny8_core.business.credits.models.account import Account


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def revoke(self) -> int:
        """Revokes those that still work, by the database's clock, and returns how many. There is no way back."""
        return self.filter(revoked_at=None).update(revoked_at=Now())


class ApiKey(models.Model):
    account = models.ForeignKey(Account, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(
        max_length=16, editable=False, help_text="First characters, to recognise the key by."
    )
    key_hash = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the key, hexadecimal.")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="From then on every call is refused.")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        app_label = "credits"
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
