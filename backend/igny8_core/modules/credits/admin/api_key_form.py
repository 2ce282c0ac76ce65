"""What an operator may change of a key: its name, and, once, that it is revoked."""

from __future__ import annotations

from django import forms

from igny8_core.business.credits.models import ApiKey


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    revoke = forms.BooleanField(
        label="Revoke this key",
        required=False,
        help_text="From then on every call with it is refused. There is no way back.",
    )

    class Meta:
        model = ApiKey
        fields = ("account", "name")
