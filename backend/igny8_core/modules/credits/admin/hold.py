from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Q
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from igny8_core.business.credits.models import CreditUsageLog, Hold
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.change_list import filter_name
from igny8_core.modules.admin_list.filters import MomentFilter
from igny8_core.modules.admin_list.once import once
from igny8_core.modules.admin_list.search import Search
from igny8_core.modules.credits.admin import call_links
from igny8_core.modules.credits.admin.call_admin import CallAdmin
from igny8_core.modules.credits.admin.call_filters import ACCOUNT, ModelFilter, OperationFilter, UserFilter
from igny8_core.modules.credits.admin.lookup import as_uuid, search_accounts, search_held_request

OPEN = (Hold.State.HELD, Hold.State.SENT, Hold.State.UNKNOWN)
# Title of a fieldset -> what it has instead for a hold whose call is unknown.
OF_UNKNOWN = {
    "Credits": ("held", "set_aside", "available", "floor"),
    "Times (UTC)": ("admitted", "became_unknown", "lasted"),
}
COLOURS = {"Held": "info", "Sent": "info", "Settled": "success", "Void": "", "Unknown": "danger"}


@admin.register(Hold)
class HoldAdmin(CallAdmin):
    account_is_in_order = False
    list_display = (
        "admitted",
        "request_short",
        "account_link",
        "state_badge",
        "held",
        "model",
        "lasted",
        "expires",
    )
    list_filter = (
        ACCOUNT,
        ("state", ChoicesDropdownFilter),
        ModelFilter,
        OperationFilter,
        UserFilter,
        ("admitted_at", MomentFilter),
    )
    list_select_related = ("account",)
    search_fields = ("request_id",)
    search_help_text = "Request id, account, or user"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "request_id",
                    "state_badge",
                    "account_link",
                    "model",
                    "provider",
                    "operation",
                    "user_ref",
                    "api_key",
                )
            },
        ),
        ("Credits", {"fields": ("held", "available", "floor")}),
        ("What became of it", {"fields": ("entries", "usage_rows", "rate_card", "price_source")}),
        ("Times (UTC)", {"fields": ("admitted", "expires", "closed", "lasted")}),
        (
            "Identity",
            {
                "fields": (
                    "attempt",
                    "idempotency_key",
                    "owner",
                    "fingerprint",
                    "card_id",
                    "catalogue_version",
                    "id",
                ),
                "classes": ("collapse",),
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Hold | None = None) -> Any:
        """What is unknown is neither closed nor does it expire."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.state != Hold.State.UNKNOWN:
            return fieldsets
        return [
            (title, options | {"fields": OF_UNKNOWN.get(title, options["fields"])})
            for title, options in fieldsets
        ]

    def is_served(self, spec: Any) -> bool:
        if filter_name(spec) == "state":
            return spec.value() in OPEN
        return super().is_served(spec)

    def newest_first(self, served: Sequence[Any], *, in_account: bool) -> tuple[str, ...]:
        if any(filter_name(spec) == "state" for spec in served):
            # Only the index of open holds can be meant: they are few, and sorted after they are found.
            return ("-expires_at", "-id")
        return super().newest_first(served, in_account=in_account)

    def latest_of_account(self, account_id: int) -> datetime | None:
        # A hold is open, or has been logged at the same time of admission by a table whose key begins with the account.
        logged = CreditUsageLog.objects.filter(account_id=account_id).aggregate(latest=Max("admitted_at"))
        # Counted, too, so that PostgreSQL does not look for the maximum among the newest holds of all accounts.
        unlogged = Hold.objects.filter(account_id=account_id, state__in=OPEN).aggregate(
            latest=Max("admitted_at"), count=Count("pk")
        )
        return max(filter(None, (logged["latest"], unlogged["latest"])), default=None)

    def search(self, term: str) -> Search:
        if request_id := as_uuid(term):
            return search_held_request(request_id)
        return search_accounts(term) or Search(Q(user_ref=term), is_served=False)

    @admin.display(description="Expires at")
    def expires(self, hold: Hold) -> str:
        return cells.NONE if hold.state == Hold.State.UNKNOWN else cells.moment(hold.expires_at)

    @admin.display(description="Closed at")
    def closed(self, hold: Hold) -> str:
        return cells.moment(hold.closed_at)

    @admin.display(description="Became unknown at")
    def became_unknown(self, hold: Hold) -> str:
        return cells.moment(hold.closed_at)

    @admin.display(description="Still set aside")
    def set_aside(self, hold: Hold) -> str:
        return f"{cells.credits(hold.amount)} credits, until somebody ends this hold: what the call cost is not known."

    @admin.display(description="Duration")
    def lasted(self, hold: Hold) -> str:
        return cells.duration(hold.admitted_at, hold.closed_at)

    @display(description="State", label=COLOURS)  # type: ignore[untyped-decorator]
    def state_badge(self, hold: Hold) -> str:
        return hold.get_state_display()

    @admin.display(description="Held (credits)")
    def held(self, hold: Hold) -> str:
        return cells.credits(hold.amount)

    @admin.display(description="Available after (credits)")
    def available(self, hold: Hold) -> str:
        return cells.credits(hold.available_after)

    @admin.display(description="Floor (credits)")
    def floor(self, hold: Hold) -> str:
        return cells.credits(hold.floor_at_reserve)

    @admin.display(description="Ledger entries")
    @once
    def entries(self, hold: Hold) -> str:
        return call_links.entries(hold)

    @admin.display(description="Usage log")
    @once
    def usage_rows(self, hold: Hold) -> str:
        return call_links.usage_rows(hold)
