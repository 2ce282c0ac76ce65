"""A form that does not undo what somebody else stored while it was open."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

from igny8_core.business.billing.stored_content import fingerprint, last_edit


class GuardedForm(forms.ModelForm):  # type: ignore[type-arg]
    """The page carries `stored_fingerprint`, which names what was stored as it was opened.

    Whoever saves with it holds the queue of edits, so what is compared here stays true until the save is committed.
    """

    FINGERPRINT = "stored_fingerprint"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # What a field is compared with is what is stored, never what a page says it was.
            field.show_hidden_initial = False
        # Taken now: validation writes what was typed into the instance.
        self.fingerprint = fingerprint(self.instance) if self.instance.pk else ""
        self.lost_update = ""
        opened_with = self.data.get(self.FINGERPRINT)
        if self.fingerprint and opened_with and opened_with != self.fingerprint:
            self.lost_update = describe_edit(self.instance)

    @property
    def changes_nothing(self) -> bool:
        """Whether a valid form says what is stored."""
        return bool(self.fingerprint) and fingerprint(self.instance) == self.fingerprint

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.lost_update:
            self.add_error(None, ValidationError(self._refusal(), code="lost_update"))
        return cleaned

    def _refusal(self) -> str:
        stored = "; ".join(
            f"{self[name].label}: {self.stored_text(name)}"
            for name in self.changed_data
            if name in self.fields
        )
        differences = f" Stored now, where your page differs: {stored}." if stored else ""
        return (
            f"{self.lost_update} after you opened this page, so nothing was saved.{differences}"
            " Save again to store what this page says."
        )

    def stored_text(self, name: str) -> str:
        """What is stored in a field, as people read it."""
        value = self.initial.get(name)
        shown = self.fields[name].prepare_value(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "none" if shown in (None, "") else str(shown)


def describe_edit(row: Model) -> str:
    """`alice changed this on 2026-03-01 at 09:30 UTC`"""
    edit = last_edit(row)
    if edit is None:
        return "Somebody changed this outside the admin"
    when = edit.when.astimezone(UTC)
    return f"{edit.who or 'Somebody'} changed this on {when:%Y-%m-%d at %H:%M} UTC"
