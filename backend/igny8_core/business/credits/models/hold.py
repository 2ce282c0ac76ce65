"""Credits set aside for one call, and what became of it. Holds the uniqueness of a request id."""

from django.db import models
from django.db.models import F, Q

from igny8_core.business.credits.models.account import Account
from igny8_core.business.credits.models.fields import credits_field


class Hold(models.Model):
    """held (work that waits) -> sent -> settled | void | unknown."""

    class State(models.TextChoices):
        HELD = "held", "Held"
        SENT = "sent", "Sent"
        SETTLED = "settled", "Settled"
        VOID = "void", "Void"
        UNKNOWN = "unknown", "Unknown"

    account = models.ForeignKey(Account, models.PROTECT, related_name="holds")
    id = models.BigAutoField(primary_key=True)
    request_id = models.UUIDField()
    attempt = models.IntegerField(help_text="Grows when a void has freed the key and the call is made again.")
    owner = models.UUIDField(help_text="Tells a repeated reserve from another caller's.")
    fingerprint = models.UUIDField(help_text="Hash of the request's body.")
    idempotency_key = models.TextField(null=True)
    state = models.CharField(max_length=10, choices=State.choices)
    amount = credits_field(help_text="Credits set aside.")
    available_after = credits_field(help_text="Credits that were available once this was held.")
    floor_at_reserve = credits_field(help_text="The account's floor at that instant.")
    card_id = models.UUIDField("rate card", help_text="The stored rate card that the call is priced with.")
    catalogue_version = models.UUIDField()
    price_source = models.CharField(max_length=20)
    operation = models.CharField(max_length=20)
    model = models.CharField(max_length=100)
    provider = models.CharField(max_length=50)
    user_ref = models.CharField("user", max_length=100, null=True, help_text="Whom the caller named.")
    api_key_id = models.BigIntegerField("API key", null=True)
    admitted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "credits"
        indexes = (models.Index(fields=("admitted_at", "id"), name="hold_by_time"),)
        constraints = (
            models.UniqueConstraint(fields=("account", "request_id"), name="hold_request_id_is_used_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="hold_amount_is_not_negative"),
            models.CheckConstraint(
                condition=Q(available_after__gte=F("floor_at_reserve")),
                name="hold_was_admitted_above_its_floor",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("held", "sent", "settled", "void", "unknown")),
                name="hold_state_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"Hold {self.request_id} {self.state}"
