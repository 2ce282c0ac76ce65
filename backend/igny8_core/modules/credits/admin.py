from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from igny8_core.business.credits.models import (
    Account,
    AccountBalance,
    ApiKey,
    CreditUsageLog,
    Grant,
    Hold,
    LedgerEntry,
    Membership,
    StoredRateCard,
)
from igny8_core.modules.admin_base import ReadOnlyAdmin


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    list_display = ("slug", "name", "external_id", "is_active", "created_at")
    search_fields = ("slug", "name", "external_id")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    list_display = ("account", "user", "role")
    autocomplete_fields = ("account", "user")


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Keys are issued where they can be shown once; here they are revoked."""

    list_display = ("name", "prefix", "account", "created_at", "revoked_at")
    list_select_related = ("account",)
    fields = ("account", "name", "prefix", "revoked_at")
    readonly_fields = ("account", "name", "prefix")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccountBalance)
class AccountBalanceAdmin(ReadOnlyAdmin):
    list_display = ("account", "posted", "reserved", "debt", "floor")
    list_select_related = ("account",)
    search_fields = ("account__slug",)


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    list_display = ("account", "source", "amount", "remaining", "priority", "expires_at", "created_at")
    list_select_related = ("account",)
    search_fields = ("account__slug", "external_id")
    ordering = ("-id",)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = (
        "request_id",
        "account",
        "state",
        "amount",
        "model",
        "attempt",
        "admitted_at",
        "expires_at",
    )
    list_filter = ("state",)
    list_select_related = ("account",)
    search_fields = ("request_id", "account__slug")
    ordering = ("-id",)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("account", "kind", "amount", "posted_after", "request_id", "created_at")
    list_filter = ("kind",)
    list_select_related = ("account",)
    search_fields = ("request_id", "account__slug")
    ordering = ("-id",)


@admin.register(CreditUsageLog)
class CreditUsageLogAdmin(ReadOnlyAdmin):
    list_display = ("logged_at", "account", "model", "status", "error_code", "usage", "cost_usd", "credits")
    list_filter = ("status", "operation", "price_source")
    list_select_related = ("account",)
    search_fields = ("request_id", "account__slug", "model")
    ordering = ("-id",)


@admin.register(StoredRateCard)
class StoredRateCardAdmin(ReadOnlyAdmin):
    list_display = ("card_id", "account", "stored_at")
    list_select_related = ("account",)
