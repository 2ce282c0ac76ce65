"""Which models are active and which is the default: every act, with its actor in the history.

Each type has one default and keeps it: it changes hands in one step, and what is default is neither switched off nor
deleted. An act is one transaction, and refused as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q

from igny8_core.business.billing.edit_queue import queue_for_edit
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.billing.signing import sign
from igny8_core.business.errors import DefaultModelRequired, DefaultRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DELETED: Final = "deleted"


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What an act did to one model: "activated", "deactivated", "set as default", "no longer the default", "deleted"."""

    id: int
    model_name: str
    done: str


@dataclass(frozen=True, slots=True)
class Status:
    """Where a model stands, before or after an edit."""

    model_name: str
    model_type: str
    is_active: bool
    is_default: bool
    provider_is_active: bool

    @classmethod
    def of(cls, model: AIModelConfig) -> Status:
        """A provider that is not there serves nothing."""
        serves = AIProvider.objects.filter(slug=model.provider_id, is_active=True).exists()
        return cls(model.model_name, model.model_type, model.is_active, model.is_default, serves)


@transaction.atomic
def activate(*, ids: Iterable[int], actor: User) -> tuple[StatusChange, ...]:
    """Models that were inactive take calls again."""
    models = [model for model in _locked(Q(pk__in=list(ids))) if not model.is_active]
    for model in models:
        model.is_active = True
    return tuple(_saved(model, "activated", actor) for model in models)


@transaction.atomic
def deactivate(*, ids: Iterable[int], actor: User) -> tuple[StatusChange, ...]:
    """Models that were active refuse calls. Raises DefaultModelRequired where one of them is a default."""
    models = [model for model in _locked(Q(pk__in=list(ids))) if model.is_active]
    _refuse_defaults(models, "deactivated")
    for model in models:
        model.is_active = False
    return tuple(_saved(model, "deactivated", actor) for model in models)


@transaction.atomic
def set_default(*, ids: Iterable[int], actor: User) -> tuple[StatusChange, ...]:
    """Each model becomes its type's default in place of the old one. Raises DefaultRefused."""
    wanted = set(ids)
    rows = _locked(Q(pk__in=wanted) | Q(is_default=True))
    models = [model for model in rows if model.pk in wanted]
    _refuse_unfit(models)
    types = {model.model_type for model in models if not model.is_default}
    old = [model for model in rows if model.is_default and model.model_type in types]
    new = [model for model in models if not model.is_default]
    for model in old:
        model.is_default = False
    for model in new:
        model.is_default = True
    # The old one first: a type has one default at every moment.
    left = [_saved(model, "no longer the default", actor) for model in old]
    return (*left, *(_saved(model, "set as default", actor) for model in new))


@transaction.atomic
def delete(*, ids: Iterable[int], actor: User) -> tuple[StatusChange, ...]:
    """Deletes models; their history stays. Raises DefaultModelRequired where one of them is a default."""
    models = _locked(Q(pk__in=list(ids)))
    _refuse_defaults(models, DELETED)
    changes = []
    for model in models:
        changes.append(StatusChange(model.pk, model.model_name, DELETED))
        sign(model, actor=actor, reason=DELETED)
        model.delete()
    return tuple(changes)


def refuse_deletion(*, ids: Iterable[int]) -> None:
    """Raises DefaultModelRequired where one of the models is a default; deletes nothing."""
    _refuse_defaults(list(AIModelConfig.objects.filter(pk__in=list(ids)).order_by("pk")), DELETED)


def default_of(model_type: str, *, besides: int | None = None) -> str | None:
    """The name of the type's default model, unless it is the model with the id `besides`."""
    defaults = AIModelConfig.objects.filter(model_type=model_type, is_default=True)
    if besides is not None:
        defaults = defaults.exclude(pk=besides)
    return defaults.values_list("model_name", flat=True).first()


def status_problems(
    *, before: Status | None, after: Status, other_default: str | None
) -> dict[str, list[str]]:
    """Why an edit of one model (`before` None: a new one) is refused: a sentence for each field. Pure."""
    if before is not None and before.is_default:
        kind = f"{before.model_name} is the default {before.model_type} model"
        instead = (
            f"Set another {before.model_type} model as default first: that moves the default in one step."
        )
        if after.model_type != before.model_type:
            return {"model_type": [f"{kind}, so its type must stay. {instead}"]}
        if not after.is_active:
            return {"is_active": [f"{kind}, so it must stay active. {instead}"]}
        if not after.is_default:
            return {"is_default": [f"{kind}; calls that name no model need one. {instead}"]}
        if before.provider_is_active and not after.provider_is_active:
            return {"provider": [f"{kind}, so its provider must be an active one. {instead}"]}
        return {}
    if not after.is_default:
        return {}
    if other_default is not None:
        return {
            "is_default": [
                f"{other_default} is the default {after.model_type} model, and a type has one. Leave this box empty,"
                " save, and use the action “Set as default” in the list of models: it moves the default in one step."
            ]
        }
    if not after.is_active:
        return {"is_default": ["Only an active model can be the default: tick “active” too."]}
    if not after.provider_is_active:
        return {
            "is_default": [
                "Its provider is inactive, so calls would be refused: activate the provider first."
            ]
        }
    return {}


def _locked(rows: Q) -> list[AIModelConfig]:
    """The rows as they are now, in the order of their ids, so that two acts cannot wait for each other."""
    queue_for_edit()
    found = AIModelConfig.objects.filter(rows).select_related("provider").order_by("pk")
    return list(found.select_for_update(of=("self",)))


def _refuse_defaults(models: list[AIModelConfig], act: str) -> None:
    defaults = {model.model_name: model.model_type for model in models if model.is_default}
    if defaults:
        raise DefaultModelRequired(act=act, models=defaults)


def _refuse_unfit(models: list[AIModelConfig]) -> None:
    for model_type, count in Counter(model.model_type for model in models).items():
        if count > 1:
            names = [model.model_name for model in models if model.model_type == model_type]
            raise DefaultRefused(models=names, reason=f"only one {model_type} model can be the default")
    if inactive := [model.model_name for model in models if not model.is_active]:
        raise DefaultRefused(
            models=inactive, reason="only an active model can be the default; activate it first"
        )
    if unserved := [model.model_name for model in models if not model.provider.is_active]:
        reason = "the provider is inactive, so calls would be refused; activate the provider first"
        raise DefaultRefused(models=unserved, reason=reason)


def _saved(model: AIModelConfig, done: str, actor: User) -> StatusChange:
    sign(model, actor=actor, reason=done)
    model.save()
    return StatusChange(model.pk, model.model_name, done)
