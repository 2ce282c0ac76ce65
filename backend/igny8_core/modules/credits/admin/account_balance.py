from __future__ import annotations

from django.contrib import admin

from igny8_core.business.credits.models import AccountBalance
from igny8_core.modules.admin_base import ReadOnlyAdmin
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.bounded_admin import ListAdmin
from igny8_core.modules.credits.admin import call_links


@admin.register(AccountBalance)
class AccountBalanceAdmin(ListAdmin, ReadOnlyAdmin):
    list_display = (
        "account",
        "posted_credits",
        "reserved_credits",
        "available",
        "debt_credits",
        "floor_credits",
    )
    list_select_related = ("account",)
    ordering = ("account__slug",)
    search_fields = ("account__slug", "account__name", "account__external_id")
    search_help_text = "Account's slug, name or external id"
    fields = (
        "account_link",
        "posted_credits",
        "reserved_credits",
        "available",
        "debt_credits",
        "floor_credits",
    )

    @admin.display(description="Account")
    def account_link(self, balance: AccountBalance) -> str:
        return call_links.account(balance.account)

    @admin.display(description="Posted")
    def posted_credits(self, balance: AccountBalance) -> str:
        return cells.credits(balance.posted)

    @admin.display(description="Reserved")
    def reserved_credits(self, balance: AccountBalance) -> str:
        return cells.credits(balance.reserved)

    @admin.display(description="Available")
    def available(self, balance: AccountBalance) -> str:
        return cells.credits(balance.posted - balance.reserved)

    @admin.display(description="Debt")
    def debt_credits(self, balance: AccountBalance) -> str:
        return cells.credits(balance.debt)

    @admin.display(description="Floor")
    def floor_credits(self, balance: AccountBalance) -> str:
        return cells.credits(balance.floor)
