"""Takes a row back to what it said: a version of its history becomes what is stored, as a new edit with its actor."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Model

from igny8_core.business.billing.edit_problems import edit_problems
from igny8_core.business.billing.edit_queue import queue_for_edit
from igny8_core.business.billing.model_status import Status, default_of
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.billing.price_checks import PLAUSIBLE, SuspectPrice, confirmation, suspect_prices
from igny8_core.business.billing.signing import sign
from igny8_core.business.billing.stored_content import editable_fields, fingerprint
from igny8_core.business.errors import ConfirmationRequired, EditRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def prices_of(model: AIModelConfig) -> dict[str, Decimal | None]:
    """The three price columns."""
    return {field: getattr(model, field) for field in PLAUSIBLE}


def stored_row(version: Any) -> Model | None:
    """The row that a version of a history belongs to, as it is stored now; None where it is deleted."""
    rows: Any = version.instance_type._default_manager
    row: Model | None = rows.filter(pk=version.id).first()
    return row


def suspects_of(version: Any, stored: Model | None) -> tuple[SuspectPrice, ...]:
    """The prices that a revert would change by so much that a person should confirm it."""
    if not isinstance(version.instance, AIModelConfig):
        return ()
    old = prices_of(stored) if isinstance(stored, AIModelConfig) else None
    return suspect_prices(old=old, new=prices_of(version.instance))


@transaction.atomic
def revert(*, version: Any, actor: User, seen: str | None = None, confirmed: str = "") -> Model | None:
    """Stores everything that people edit as `version` (a row of a history) says it; a deleted row comes back.

    The key, who and when are the row's own. `seen` is the fingerprint of what the actor was shown as stored, and
    `confirmed` what `price_checks.confirmation` calls the suspect prices. Returns the row, or None where it says so
    already. Raises EditRefused, ConfirmationRequired.
    """
    queue_for_edit()
    stored = stored_row(version)
    now = fingerprint(stored) if stored else ""
    if now == fingerprint(version):
        return None
    if seen is not None and seen != now:
        raise EditRefused(
            problems={
                "": [
                    "It was changed after you opened this page; look at what is stored now and revert again."
                ]
            }
        )
    before = Status.of(stored) if isinstance(stored, AIModelConfig) else None
    suspects = suspects_of(version, stored)
    slug = stored.slug if isinstance(stored, AIProvider) else None
    row = _as_in(version, stored)
    _refuse_new_slug(row, slug)
    if problems := edit_problems(row, before=before, other_default=_other_default(row), unnamed=""):
        raise EditRefused(problems=problems)
    if suspects and confirmed != confirmation(suspects):
        raise ConfirmationRequired(
            "; ".join(suspect.message for suspect in suspects), confirmation=confirmation(suspects)
        )
    when = version.history_date.astimezone(UTC)
    sign(row, actor=actor, reason=f"reverted to version {version.history_id} of {when:%Y-%m-%d %H:%M:%S} UTC")
    row.save()
    return row


def _as_in(version: Any, stored: Model | None) -> Model:
    if stored is None:
        row: Model = version.instance
        row._state.adding = True
        return row
    for field in editable_fields(type(stored)):
        setattr(stored, field.attname, getattr(version, field.attname))
    return stored


def _refuse_new_slug(row: Model, before: str | None) -> None:
    """SQL can give a provider another slug; its models name it by the one that is stored."""
    if not isinstance(row, AIProvider) or before in (None, row.slug):
        return
    if models := list(
        AIModelConfig.objects.filter(provider__slug=before).values_list("model_name", flat=True)
    ):
        sentence = f"{', '.join(models)} named the provider {before}, so it cannot become {row.slug} again"
        raise EditRefused(problems={"slug": [f"{sentence}."]})


def _other_default(row: Model) -> str | None:
    return default_of(row.model_type, besides=row.pk) if isinstance(row, AIModelConfig) else None
