"""What an operator fills in to grant credits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from igny8_core.business.credits import money
from igny8_core.business.credits.models import Account, Grant
from igny8_core.business.errors import InvalidRequest


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Grant
        fields = ("account", "amount", "source", "external_id", "is_paid", "expires_at", "priority")

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= 0:
            raise ValidationError(f"{amount:f} credits cannot be granted; the amount must be positive.")
        try:
            return money.exact_credits(amount)
        except InvalidRequest as error:
            raise ValidationError(error.message) from error

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError(
                f"{expires_at:%Y-%m-%d %H:%M:%S} has passed; these credits would be lost at once."
            )
        return expires_at

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        account, external_id = data.get("account"), data.get("external_id")
        if account is None or external_id is None:
            return data
        # Two clicks on the button: the second waits here until the first has granted, and then finds its grant.
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        made = Grant.objects.filter(account=account, external_id=external_id).first()
        if made is not None:
            self.add_error(
                "external_id",
                f"Already granted on {made.created_at:%Y-%m-%d %H:%M:%S} (UTC): {made}. Nothing was granted again.",
            )
        return data
