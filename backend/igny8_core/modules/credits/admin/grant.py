from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import urlencode
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display

from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Grant, LedgerEntry
from igny8_core.business.errors import Igny8Error, LedgerUnavailable
from igny8_core.modules.admin_base import BaseAdmin
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.bounded_admin import BoundedAdmin
from igny8_core.modules.admin_list.filters import ChoiceFilter, MomentFilter
from igny8_core.modules.admin_list.search import Search
from igny8_core.modules.credits.admin import call_links
from igny8_core.modules.credits.admin.call_filters import ACCOUNT
from igny8_core.modules.credits.admin.grant_form import GrantForm
from igny8_core.modules.credits.admin.lookup import accounts_with, search_accounts

COLOURS = {
    "Purchase": "success",
    "Subscription": "success",
    "Promotion": "info",
    "Refund": "warning",
    "Adjustment": "",
}


EXPIRES_AT = ("expires_at_0", "expires_at_1")
UNKNOWN = "Whether it was granted is not known; save it again with its external id, which grants once"


class LeftFilter(ChoiceFilter):
    title = "what is left"
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("yes", "Credits left"), ("expired", "Credits left, expired"), ("no", "Nothing left"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(remaining__gt=0)
            case "expired":
                return queryset.filter(remaining__gt=0, expires_at__lte=timezone.now())
            case "no":
                return queryset.filter(remaining=0)
        return queryset


@admin.register(Grant)
class GrantAdmin(BoundedAdmin):
    """The add page grants by the ledger. A grant that was made can only be looked at."""

    date_hierarchy = "created_at"
    # The primary key's own order.
    ordering_in_account = ("-id",)
    list_display = (
        "created",
        "account_link",
        "source_badge",
        "granted",
        "left",
        "is_paid",
        "priority",
        "expires",
        "external_id",
    )
    list_filter = (
        ACCOUNT,
        ("source", ChoicesDropdownFilter),
        ("is_paid", BooleanRadioFilter),
        LeftFilter,
        ("created_at", MomentFilter),
    )
    list_select_related = ("account",)
    search_fields = ("external_id",)
    search_help_text = "Account, or the grant's external id"
    form = GrantForm
    autocomplete_fields = ("account",)
    add_fieldsets = (
        (
            None,
            {"fields": ("account", "amount", "source", "is_paid", "expires_at", "priority", "external_id")},
        ),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "account_link",
                    "source_badge",
                    "granted",
                    "repaid_credits",
                    "left",
                    "is_paid",
                    "priority",
                )
            },
        ),
        (None, {"fields": ("created", "expires", "external_id", "entries", "id")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Past ReadOnlyAdmin, which knows no one who may.
        return bool(super(BaseAdmin, self).has_add_permission(request))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        initial.setdefault("source", Grant.Source.ADJUSTMENT)
        # Kept when the form is sent again, so that whoever sends it twice grants once.
        initial.setdefault("external_id", f"admin-{timezone.now():%Y-%m-%d}-{uuid4().hex[:8]}")
        # As its two boxes hold it: of one text they would make no time.
        initial["expires_at"] = [initial.get(box, "") for box in EXPIRES_AT]
        return initial

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().add_view(request, form_url, extra_context)
        except Igny8Error as error:
            # The ledger may have granted and only its answer may have been lost.
            became = UNKNOWN if isinstance(error, LedgerUnavailable) else "Nothing was granted"
            self.message_user(request, f"{became}: {error.message}", messages.ERROR)
            names = (*GrantForm.Meta.fields, *EXPIRES_AT)
            filled_in = {name: request.POST[name] for name in names if name in request.POST}
            return HttpResponseRedirect(f"{request.path}?{urlencode(filled_in)}")
        return response

    def save_model(self, request: HttpRequest, obj: Grant, form: GrantForm, change: bool) -> None:
        data = form.cleaned_data
        obj.pk = ledger.grant(
            account_id=data["account"].pk,
            external_id=data["external_id"],
            source=data["source"],
            amount=data["amount"],
            priority=data["priority"],
            is_paid=data["is_paid"],
            expires_at=data["expires_at"],
        )

    def search(self, term: str) -> Search:
        if found := search_accounts(term):
            return found
        account_ids = accounts_with(Grant, external_id=term)
        return Search(Q(account_id__in=account_ids, external_id=term))

    @admin.display(description="Created at")
    def created(self, grant: Grant) -> str:
        return cells.moment(grant.created_at)

    @admin.display(description="Expires at")
    def expires(self, grant: Grant) -> str:
        return "never" if grant.expires_at is None else cells.moment(grant.expires_at)

    @admin.display(description="Account")
    def account_link(self, grant: Grant) -> str:
        return call_links.account(grant.account)

    @display(description="Source", label=COLOURS)  # type: ignore[untyped-decorator]
    def source_badge(self, grant: Grant) -> str:
        return grant.get_source_display()

    @admin.display(description="Credits")
    def granted(self, grant: Grant) -> str:
        return cells.credits(grant.amount)

    @admin.display(description="Repaid debt (credits)")
    def repaid_credits(self, grant: Grant) -> str:
        return cells.credits(grant.repaid)

    @admin.display(description="Left (credits)")
    def left(self, grant: Grant) -> str:
        return cells.credits(grant.remaining)

    @admin.display(description="Ledger")
    def entries(self, grant: Grant) -> str:
        url = cells.list_url(LedgerEntry, account__id__exact=grant.account_id, kind__exact="grant")
        return cells.link(url, "Grants in the account's ledger")
