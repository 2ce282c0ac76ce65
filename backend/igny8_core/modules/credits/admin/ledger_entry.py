from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from igny8_core.business.credits.models import Grant, Hold, LedgerEntry
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.bounded_admin import BoundedAdmin
from igny8_core.modules.admin_list.change_list import filter_name
from igny8_core.modules.admin_list.filters import MomentFilter
from igny8_core.modules.admin_list.once import once
from igny8_core.modules.admin_list.search import NOTHING, Search
from igny8_core.modules.credits.admin import call_links
from igny8_core.modules.credits.admin.call_filters import ACCOUNT
from igny8_core.modules.credits.admin.lookup import accounts_with, as_uuid, search_accounts

COLOURS = {"Grant": "success", "Charge": "info", "Overrun": "warning", "Expiry": "danger"}


@admin.register(LedgerEntry)
class LedgerEntryAdmin(BoundedAdmin):
    date_hierarchy = "created_at"
    # The primary key's own order.
    ordering_in_account = ("-id",)
    list_display = ("created", "account_link", "kind_badge", "credits", "posted", "request_short")
    list_filter = (ACCOUNT, ("kind", ChoicesDropdownFilter), ("created_at", MomentFilter))
    list_select_related = ("account",)
    search_fields = ("request_id",)
    search_help_text = "Request id or account"
    fieldsets = (
        (None, {"fields": ("kind_badge", "account_link", "credits", "posted", "created", "id")}),
        ("Where it comes from", {"fields": ("hold_link", "grant_link", "drawn")}),
    )

    def is_served(self, spec: Any) -> bool:
        if filter_name(spec) == "kind":
            return bool(spec.value() != LedgerEntry.Kind.CHARGE)
        return super().is_served(spec)

    def newest_first(self, served: Any, *, in_account: bool) -> tuple[str, ...]:
        # A rare kind's own index is in the order of time.
        is_of_kind = any(filter_name(spec) == "kind" for spec in served)
        return super().newest_first(served, in_account=in_account and not is_of_kind)

    def latest_of_account(self, account_id: int) -> datetime | None:
        times = (
            LedgerEntry.objects.filter(account_id=account_id)
            .order_by("-id")
            .values_list("created_at", flat=True)
        )
        return times.first()

    def search(self, term: str) -> Search:
        if request_id := as_uuid(term):
            account_ids = accounts_with(Hold, request_id=request_id)
            holds = Hold.objects.filter(account_id__in=account_ids, request_id=request_id)
            # Settling closes the hold and enters the charge at one instant, which an index finds.
            closed = [moment for moment in holds.values_list("closed_at", flat=True) if moment]
            condition = Q(account_id__in=account_ids, request_id=request_id, created_at__in=closed)
            return Search(condition) if closed else NOTHING
        return search_accounts(term) or NOTHING

    @admin.display(description="Created at")
    def created(self, entry: LedgerEntry) -> str:
        return cells.moment(entry.created_at)

    @admin.display(description="Account")
    def account_link(self, entry: LedgerEntry) -> str:
        return call_links.account(entry.account)

    @display(description="Kind", label=COLOURS)  # type: ignore[untyped-decorator]
    def kind_badge(self, entry: LedgerEntry) -> str:
        return entry.get_kind_display()

    @admin.display(description="Credits")
    def credits(self, entry: LedgerEntry) -> str:
        return f"{'+' if entry.amount > 0 else ''}{cells.credits(entry.amount)}"

    @admin.display(description="Posted after")
    def posted(self, entry: LedgerEntry) -> str:
        return cells.credits(entry.posted_after)

    @admin.display(description="Request")
    def request_short(self, entry: LedgerEntry) -> str:
        return cells.short_id(entry.request_id)

    @admin.display(description="Hold")
    @once
    def hold_link(self, entry: LedgerEntry) -> str:
        return call_links.hold(entry.account_id, entry.request_id)

    @admin.display(description="Grant")
    @once
    def grant_link(self, entry: LedgerEntry) -> str:
        if entry.grant_id is None:
            return cells.NONE
        grant = Grant.objects.filter(account_id=entry.account_id, pk=entry.grant_id).first()
        return cells.NONE if grant is None else cells.link(cells.page_url(Grant, grant.pk), grant)

    @admin.display(description="Drawn from")
    @once
    def drawn(self, entry: LedgerEntry) -> str:
        draws = {int(pk): Decimal(amount) for pk, amount in (entry.draws or {}).items()}
        grants = Grant.objects.filter(account_id=entry.account_id, pk__in=draws).order_by("id")
        links = ((cells.page_url(Grant, grant.pk), grant, cells.credits(draws[grant.pk])) for grant in grants)
        return format_html_join(" · ", '<a href="{}" class="text-link">{}</a>: {}', links) or cells.NONE
