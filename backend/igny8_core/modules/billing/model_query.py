"""Which models an address shows: the filters, and who may see inactive ones."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.credits.ledger import storable
from igny8_core.business.errors import UnknownModel
from igny8_core.modules.api.envelope import shown
from igny8_core.modules.api.parameters import BOOLEANS, Parameter, not_allowed
from igny8_core.modules.billing.moment import AT

ACTIVE: Final = Parameter(
    "active",
    "`true`, as without it: models that take calls. `false`: those that do not, because the model or its provider is"
    " inactive. `any`: all. Only for staff who may view or change models; others are refused. With `false` and `any`"
    " each model also has `description`, `supports_function_calling`, `is_active` and `provider_is_active`.",
    ("true", "false", "any"),
)
LIST_PARAMETERS: Final = (
    Parameter("type", "Only models of this type.", tuple(AIModelConfig.ModelType.values)),
    Parameter("provider", "Only models of the provider with this slug, such as `openai`."),
    Parameter(
        "default", "`true`: only each type's default model; `false`: only the others.", tuple(BOOLEANS)
    ),
    ACTIVE,
    AT,
)
DETAIL_PARAMETERS: Final = (ACTIVE, AT)

TAKES_CALLS: Final = Q(is_active=True, provider__is_active=True)


def asks_for_inactive(parameters: dict[str, str]) -> bool:
    return parameters.get("active", "true") != "true"


def models_for(request: Request, parameters: dict[str, str]) -> QuerySet[AIModelConfig]:
    """In their order: text before image, then by sort order. Raises PermissionDenied, InvalidRequest."""
    active = parameters.get("active", "true")
    if active != "true" and not may(request, "view"):
        raise PermissionDenied("inactive models are shown only to staff who may view or change models")
    models = AIModelConfig.objects.select_related("provider")
    if active != "any":
        models = models.filter(TAKES_CALLS) if active == "true" else models.exclude(TAKES_CALLS)
    if "type" in parameters:
        models = models.filter(model_type=parameters["type"])
    if "default" in parameters:
        models = models.filter(is_default=BOOLEANS[parameters["default"]])
    if "provider" in parameters:
        slugs = list(AIProvider.objects.values_list("slug", flat=True))
        if parameters["provider"] not in slugs:
            raise not_allowed("provider", parameters["provider"], slugs)
        models = models.filter(provider__slug=parameters["provider"])
    return models


def find_model(models: QuerySet[AIModelConfig], name: str) -> AIModelConfig:
    """The model of this name, or else of this alias: whole, never by prefix, and no name is both. Raises UnknownModel,
    with the names that `models` has."""
    model = (
        models.filter(model_name=storable(name)).first()
        or models.filter(aliases__name=storable(name)).first()
    )
    if model is None:
        available = list(models.values_list("model_name", flat=True))
        raise UnknownModel(model=shown(name), model_type="AI", available=available)
    return model


def find_model_to_change(models: QuerySet[AIModelConfig], name: str) -> AIModelConfig:
    """Only by its own name: who changes a price says whose. Raises UnknownModel, and NotFound for an alias."""
    model = find_model(models, name)
    if model.model_name != name:
        raise NotFound(
            f"'{shown(name)}' is an alias of {model.model_name}; a model is changed by its own name only, and nothing"
            " was changed"
        )
    return model


def may(request: Request, act: str) -> bool:
    """Whether the caller may "view" or "change" models as the admin allows it: staff with the permission. A key never."""
    user = request.user
    permissions = ["change"] if act == "change" else ["view", "change"]
    return bool(user.is_staff) and any(user.has_perm(f"billing.{name}_aimodelconfig") for name in permissions)
