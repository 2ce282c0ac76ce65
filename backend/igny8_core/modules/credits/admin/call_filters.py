"""Filters that holds and usage rows share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.modules.admin_list.filters import AccountFilter, ChoiceFilter, choice_filter, text_filter

ACCOUNT = ("account", AccountFilter)
OperationFilter = choice_filter("operation", "operation", (("text", "Text"), ("image", "Image")))
UserFilter = text_filter("user_ref", "user")


class ModelFilter(ChoiceFilter):
    """The catalogue's models, and the one that was asked for: a model that was deleted is still in the past."""

    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = [*catalogue.fresh(constants_catalogue).models]
        asked = request.GET.get("model")
        if asked and asked not in names:
            names.append(asked)
        return [(name, name) for name in names]
