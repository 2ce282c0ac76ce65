"""Who saves a row and why, written onto it as its history will have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Model

from igny8_core.business.billing.models import AIModelConfig

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def sign(row: Model, *, actor: User, reason: str) -> None:
    """To be followed by `row.save()` or `row.delete()`."""
    if isinstance(row, AIModelConfig):
        row.updated_by = actor
        # SQL can leave a JSON null, which neither table takes back.
        row.valid_sizes = row.valid_sizes or []
    # Read by django-simple-history as it writes the row's history.
    row._history_user = actor  # type: ignore[attr-defined]
    row._change_reason = reason  # type: ignore[attr-defined]
