from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.credits.models import StoredRateCard
from igny8_core.modules.admin_base import ReadOnlyAdmin
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.bounded_admin import ListAdmin
from igny8_core.modules.credits.admin import call_links, wording
from igny8_core.modules.credits.admin.call_filters import ACCOUNT
from igny8_core.modules.credits.admin.lookup import accounts_called, accounts_with, as_uuid


@admin.register(StoredRateCard)
class StoredRateCardAdmin(ListAdmin, ReadOnlyAdmin):
    list_display = ("stored", "model_name", "provider", "prices", "source", "account_link", "card")
    list_select_related = ("account",)
    list_filter = (ACCOUNT,)
    ordering = ("-id",)
    search_fields = ("card_id",)
    search_help_text = "Card id or account"
    fields = ("model_name", "provider", "prices", "source", "account_link", "stored", "card_id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if card_id := as_uuid(term):
            account_ids = accounts_with(StoredRateCard, card_id=card_id)
            return queryset.filter(account_id__in=account_ids, card_id=card_id), False
        return queryset.filter(account_id__in=accounts_called(term)), False

    @admin.display(description="Stored at")
    def stored(self, card: StoredRateCard) -> str:
        return cells.moment(card.stored_at)

    @admin.display(description="Model")
    def model_name(self, card: StoredRateCard) -> str:
        return str(card.body["model"])

    @admin.display(description="Provider")
    def provider(self, card: StoredRateCard) -> str:
        return str(card.body["provider"])

    @admin.display(description="Price source")
    def source(self, card: StoredRateCard) -> str:
        return str(card.body["source"])

    @admin.display(description="Prices")
    def prices(self, card: StoredRateCard) -> str:
        return wording.rates(RateCard.from_content(card.body))

    @admin.display(description="Account")
    def account_link(self, card: StoredRateCard) -> str:
        return call_links.account(card.account)

    @admin.display(description="Card id")
    def card(self, card: StoredRateCard) -> str:
        return cells.short_id(card.card_id)
