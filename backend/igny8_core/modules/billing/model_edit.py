"""One model edited through the API, by a person: the rules are business's, the actor is in the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from igny8_core.business.billing.edit_problems import edit_problems
from igny8_core.business.billing.edit_queue import queue_for_edit
from igny8_core.business.billing.model_status import Status, set_default
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.price_checks import suspect_prices
from igny8_core.business.billing.rate_problems import BASE_UNITS, without_effect
from igny8_core.business.billing.reverts import prices_of
from igny8_core.business.billing.signing import sign
from igny8_core.business.credits.models import CatalogueVersion
from igny8_core.business.credits.money import format_usd
from igny8_core.business.errors import ConfirmationRequired, EditRefused
from igny8_core.modules.billing.serializers import fields_of_the_other_type

CHANGE_REASON = "through the API"


@transaction.atomic
def edit_model(
    *,
    find: Callable[[], AIModelConfig],
    changes: Mapping[str, Any],
    is_confirmed: bool,
    actor: User,
    check_version: Callable[[UUID], None],
) -> tuple[AIModelConfig, UUID]:
    """The model as it then is, and the catalogue version that says so. What changes nothing writes nothing.

    `check_version` refuses, by raising, an edit made on the sight of an older catalogue. Raises whatever `find` and it
    raise, ValidationError, EditRefused, ConfirmationRequired and DefaultRefused.
    """
    queue_for_edit()
    check_version(catalogue_version())
    model = find()
    before = Status.of(model)
    old = prices_of(model)
    changed = {name: value for name, value in changes.items() if getattr(model, name) != value}
    becomes_default = changed.pop("is_default", False) if not model.is_default else False
    _refuse_the_other_types(model, changed)
    for name, value in changed.items():
        setattr(model, name, value)
    # Becoming the default is an act of its own, judged where it is done: here a model only stays it, or does not.
    if problems := edit_problems(model, before=before, other_default=None, unnamed="non_field_errors"):
        raise ValidationError(problems)
    _refuse_without_effect(model, changed)
    suspects = suspect_prices(old=old, new=prices_of(model))
    if suspects and not is_confirmed:
        raise ConfirmationRequired(
            f'{"; ".join(suspect.message for suspect in suspects)}. If it is meant, send "confirm": true with it',
            suspects=[
                {
                    "field": suspect.field,
                    "old": None if suspect.old is None else format_usd(suspect.old),
                    "new": format_usd(suspect.new),
                    "reason": suspect.reason,
                }
                for suspect in suspects
            ],
        )
    if changed:
        confirmed = "".join(f"; confirmed {suspect.message}" for suspect in suspects)
        sign(model, actor=actor, reason=f"{CHANGE_REASON}{confirmed}"[:100])
        model.save()
    if becomes_default:
        set_default(ids=[model.pk], actor=actor)
    # Read again, as the database now has it; no other edit comes between, for they queue.
    return find(), catalogue_version()


def catalogue_version() -> UUID:
    return CatalogueVersion.objects.get().version


def _refuse_the_other_types(model: AIModelConfig, changed: Mapping[str, Any]) -> None:
    """Most likely meant for another model; and no answer would show it."""
    sentence = f"{model.model_name} is of the type {model.model_type}, which has no such field"
    given = [name for name in fields_of_the_other_type(model) if changed.get(name) not in (None, [])]
    if given:
        raise ValidationError({name: [sentence] for name in given})


def _refuse_without_effect(model: AIModelConfig, changed: Mapping[str, Any]) -> None:
    """A base price whose place a rate takes for good: nobody would be charged the new one."""
    sheet, now = model.price_sheet, timezone.now()
    problems = {
        field: [sentence]
        for field in BASE_UNITS
        if changed.get(field) is not None and (sentence := without_effect(sheet, field, now))
    }
    if problems:
        raise EditRefused(problems=problems)
