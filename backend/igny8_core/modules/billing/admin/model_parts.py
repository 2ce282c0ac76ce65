"""Rates and aliases on the page of their model: who may change the model may change them, and who may only look may not."""

from __future__ import annotations

from typing import Any, Final

from django.db import IntegrityError, connection
from django.db.models import URLField
from django.http import HttpRequest
from psycopg import Error as PostgresError
from unfold.admin import StackedInline, TabularInline

from igny8_core.business.billing.models import AIModelConfig, ModelAlias, ModelRate
from igny8_core.modules.billing.admin.price_field import plain_text
from igny8_core.modules.billing.admin.rate_form import AliasFormSet, RateForm, RateFormSet

# What PostgreSQL checks as a transaction ends.
CHECKED_AT_COMMIT: Final = ("model_rates_are_clear", "alias_is_no_model")


class PartInline:
    """A price is a price, whichever table it is in: the permissions are the model's."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, "view")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, "change")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, "change" if obj else "add")


class RateInline(PartInline, StackedInline):
    model = ModelRate
    form = RateForm
    formset = RateFormSet
    verbose_name = "rate"
    verbose_name_plural = "rates: what else an invoice has, and prices to come"
    collapsible = True
    readonly_preprocess_fields: Final = {"amount": plain_text}
    # One below the other: side by side there is no room for a date with its time.
    fieldsets = (
        (None, {"fields": ("unit", "amount", "per")}),
        (
            "For which calls",
            {
                "fields": (
                    "service_tier",
                    "is_batch",
                    "above_input_tokens",
                    "image_size",
                    "image_quality",
                )
            },
        ),
        (
            "When, and from where",
            {"fields": ("valid_from", "valid_to", "source_url", "checked_on", "is_estimate")},
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class AliasInline(PartInline, TabularInline):
    model = ModelAlias
    formset = AliasFormSet
    fields = ("name",)
    verbose_name = "alias"
    verbose_name_plural = "aliases: other names that calls may give"


def check_now() -> None:
    """What PostgreSQL would check at COMMIT is checked here, while it can still be said. Raises IntegrityError."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {', '.join(CHECKED_AT_COMMIT)} IMMEDIATE")


def refusal_of(error: IntegrityError) -> str:
    """PostgreSQL's own sentence about rates or aliases that it refuses; empty for another error."""
    cause = error.__cause__
    if not isinstance(cause, PostgresError) or cause.diag.constraint_name not in CHECKED_AT_COMMIT:
        return ""
    return f"Nothing was saved: {cause.diag.message_primary}."


def _may(request: HttpRequest, act: str) -> bool:
    acts = ("view", "change") if act == "view" else (act,)
    meta = AIModelConfig._meta
    return any(request.user.has_perm(f"{meta.app_label}.{one}_{meta.model_name}") for one in acts)
