from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from unfold.contrib.filters.admin import BooleanRadioFilter

from igny8_core.business.credits.models import (
    Account,
    ApiKey,
    CreditUsageLog,
    Grant,
    Hold,
    LedgerEntry,
    Membership,
)
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.bounded_admin import ListAdmin
from igny8_core.modules.admin_list.filters import ChoiceFilter

# What an account has, by the names that its page links them with.
PARTS = (
    ("Usage log", CreditUsageLog),
    ("Holds", Hold),
    ("Ledger entries", LedgerEntry),
    ("Grants", Grant),
    ("API keys", ApiKey),
    ("Members", Membership),
)


class DebtFilter(ChoiceFilter):
    title = "debt"
    parameter_name = "debt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("yes", "In debt"), ("no", "Without debt"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.filter(balance__debt__gt=0)
        return queryset.filter(balance__debt=0) if self.value() == "no" else queryset


@admin.register(Account)
class AccountAdmin(ListAdmin):
    """An inactive account keeps all it has; nothing here deletes one."""

    list_display = (
        "slug",
        "name",
        "external_id",
        "is_active",
        "posted",
        "reserved",
        "available",
        "debt",
        "created",
    )
    sortable_by: ClassVar[tuple[str, ...]] = (
        "slug",
        "name",
        "posted",
        "reserved",
        "available",
        "debt",
        "created",
    )
    list_filter = (("is_active", BooleanRadioFilter), DebtFilter)
    ordering = ("slug",)
    search_fields = ("slug", "name", "external_id")
    search_help_text = "Slug, name or external id"
    readonly_fields = ("created", "posted", "reserved", "available", "debt", "floor", "parts")
    add_fieldsets = ((None, {"fields": ("slug", "name", "external_id", "is_active")}),)
    fieldsets = (
        (None, {"fields": ("slug", "name", "external_id", "is_active", "created")}),
        ("Credits", {"fields": ("posted", "reserved", "available", "debt", "floor", "parts")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        queryset: QuerySet[Account] = super().get_queryset(request)
        return queryset.select_related("balance").annotate(
            available_credits=F("balance__posted") - F("balance__reserved")
        )

    @admin.display(description="Created at", ordering="created_at")
    def created(self, account: Account) -> str:
        return cells.moment(account.created_at)

    @admin.display(description="Posted", ordering="balance__posted")
    def posted(self, account: Account) -> str:
        return cells.credits(account.balance.posted)

    @admin.display(description="Reserved", ordering="balance__reserved")
    def reserved(self, account: Account) -> str:
        return cells.credits(account.balance.reserved)

    @admin.display(description="Available", ordering="available_credits")
    def available(self, account: Account) -> str:
        return cells.credits(account.balance.posted - account.balance.reserved)

    @admin.display(description="Debt", ordering="balance__debt")
    def debt(self, account: Account) -> str:
        return cells.credits(account.balance.debt)

    @admin.display(description="Floor")
    def floor(self, account: Account) -> str:
        return cells.credits(account.balance.floor)

    @admin.display(description="Of this account")
    def parts(self, account: Account) -> str:
        links = ((cells.list_url(model, account__id__exact=account.pk), name) for name, model in PARTS)
        return format_html_join(" · ", '<a href="{}" class="text-link">{}</a>', links)
