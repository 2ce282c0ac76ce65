from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.template.loader import render_to_string
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits.models import CreditUsageLog, Hold
from igny8_core.business.errors import Igny8Error
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.change_list import filter_name
from igny8_core.modules.admin_list.filters import MomentFilter, choice_filter, text_filter
from igny8_core.modules.admin_list.once import once
from igny8_core.modules.admin_list.search import NOTHING, Search
from igny8_core.modules.credits.admin import call_links, wording
from igny8_core.modules.credits.admin.call_admin import CallAdmin
from igny8_core.modules.credits.admin.call_filters import ACCOUNT, ModelFilter, OperationFilter, UserFilter
from igny8_core.modules.credits.admin.lookup import accounts_with, as_uuid, search_accounts

COLOURS = {"Settled": "success", "Void": "", "Unknown": "danger", "Refused": "warning"}

CONFIDENCE_COLOURS = {"Exact": "", "Estimated": "warning", "Unpriced": "danger"}


@admin.register(CreditUsageLog)
class CreditUsageLogAdmin(CallAdmin):
    served_filters = frozenset({"account", "error_code"})
    list_display = (
        "admitted",
        "request_short",
        "account_link",
        "status_badge",
        "model",
        "usage_text",
        "cost",
        "confidence_badge",
        "charged",
        "error_code",
        "lasted",
    )
    list_filter = (
        ACCOUNT,
        ("status", ChoicesDropdownFilter),
        ("confidence", ChoicesDropdownFilter),
        text_filter("error_code", "error code"),
        ModelFilter,
        OperationFilter,
        choice_filter("price_source", "price source", (("database", "Database"), ("constants", "Constants"))),
        UserFilter,
        ("admitted_at", MomentFilter),
    )
    list_select_related = ("account",)
    search_fields = ("request_id",)
    search_help_text = "Request id, account, user, model or provider's id"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "request_id",
                    "status_badge",
                    "error_code",
                    "account_link",
                    "model",
                    "provider",
                    "operation",
                    "user_ref",
                    "api_key",
                )
            },
        ),
        (
            "Price",
            {
                "fields": (
                    "priced",
                    "confidence_badge",
                    "cost",
                    "worth",
                    "charged",
                    "released",
                    "rate_card",
                    "price_source",
                )
            },
        ),
        ("Times (UTC)", {"fields": ("admitted", "logged", "lasted")}),
        ("Call", {"fields": ("hold_link", "attempt", "provider_request_id", "detail", "id")}),
    )

    def is_served(self, spec: Any) -> bool:
        if filter_name(spec) == "status":
            return bool(spec.value() != CreditUsageLog.Status.SETTLED)
        if filter_name(spec) == "confidence":
            return bool(spec.value() != CreditUsageLog.Confidence.EXACT)
        return super().is_served(spec)

    def search(self, term: str) -> Search:
        if request_id := as_uuid(term):
            # What was refused has no hold, and may be another account's than the one that was held for.
            refused = CreditUsageLog.objects.filter(
                request_id=request_id, status=CreditUsageLog.Status.REFUSED
            )
            account_ids = {
                *accounts_with(Hold, request_id=request_id),
                *refused.values_list("account_id", flat=True),
            }
            return Search(Q(account_id__in=account_ids, request_id=request_id)) if account_ids else NOTHING
        return search_accounts(term) or Search(
            Q(user_ref=term) | Q(model=term) | Q(provider_request_id=term), is_served=False
        )

    @admin.display(description="Logged at")
    def logged(self, row: CreditUsageLog) -> str:
        return cells.moment(row.logged_at)

    @admin.display(description="Duration")
    def lasted(self, row: CreditUsageLog) -> str:
        return cells.duration(row.admitted_at, row.logged_at)

    @display(description="Status", label=COLOURS)  # type: ignore[untyped-decorator]
    def status_badge(self, row: CreditUsageLog) -> str:
        return row.get_status_display()

    @display(description="Confidence", label=CONFIDENCE_COLOURS)  # type: ignore[untyped-decorator]
    def confidence_badge(self, row: CreditUsageLog) -> str | None:
        return row.get_confidence_display() if row.confidence else None

    @admin.display(description="Usage")
    def usage_text(self, row: CreditUsageLog) -> str:
        return wording.usage(row.usage)

    @admin.display(description="Cost (USD)")
    def cost(self, row: CreditUsageLog) -> str:
        return cells.NONE if _is_unpriced(row) else cells.usd(row.cost_usd)

    @admin.display(description="USD per credit")
    def worth(self, row: CreditUsageLog) -> str:
        return cells.usd(row.usd_per_credit)

    @admin.display(description="Credits")
    def charged(self, row: CreditUsageLog) -> str:
        return cells.NONE if _is_unpriced(row) else cells.credits(row.credits)

    @admin.display(description="Released from the hold (credits)")
    def released(self, row: CreditUsageLog) -> str:
        return cells.credits(row.held)

    @admin.display(description="Hold")
    @once
    def hold_link(self, row: CreditUsageLog) -> str:
        return call_links.hold(row.account_id, row.request_id)

    @admin.display(description="How it was priced")
    @once
    def priced(self, row: CreditUsageLog) -> str:
        """Each line of the price, computed again from the card that was stored."""
        card = call_links.stored_card(row.account_id, row.card_id)
        if card is None or not row.usage:
            return wording.usage(row.usage)
        try:
            cost = price(RateCard.from_content(card.body), Usage.from_json(row.usage))
        except Igny8Error as error:
            return f"{wording.usage(row.usage)}: {error.message}"
        lines = [
            (wording.quantity(line.unit, line.quantity), wording.rate(line.rate), cells.usd(line.amount_usd))
            for line in cost.lines
        ]
        return render_to_string("credits/priced.html", {"lines": lines, "total": cells.usd(cost.total_usd)})


def _is_unpriced(row: CreditUsageLog) -> bool:
    """Whether nobody knows yet what the call cost: that is not nothing."""
    return row.confidence == CreditUsageLog.Confidence.UNPRICED
