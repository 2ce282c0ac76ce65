"""From one row of a call to the others."""

from __future__ import annotations

from uuid import UUID

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.credits.models import (
    Account,
    ApiKey,
    CreditUsageLog,
    Hold,
    LedgerEntry,
    StoredRateCard,
)
from igny8_core.modules.admin_list import cells
from igny8_core.modules.credits.admin import wording


def account(account: Account) -> SafeString:
    return cells.link(cells.page_url(Account, account.pk), account.slug)


def api_key(account_id: int, api_key_id: int | None) -> str:
    """The key that the call authenticated with; a call inside the process has none."""
    key = ApiKey.objects.filter(account_id=account_id, pk=api_key_id).first() if api_key_id else None
    return cells.NONE if key is None else cells.link(cells.page_url(ApiKey, key.pk), key)


def stored_card(account_id: int, card_id: UUID | None) -> StoredRateCard | None:
    return StoredRateCard.objects.filter(account_id=account_id, card_id=card_id).first() if card_id else None


def rate_card(account_id: int, card_id: UUID | None) -> str:
    """The stored card by its prices."""
    card = stored_card(account_id, card_id)
    if card is None:
        return cells.NONE
    return cells.link(
        cells.page_url(StoredRateCard, card.pk), wording.rates(RateCard.from_content(card.body))
    )


def hold(account_id: int, request_id: UUID | None) -> str:
    row = Hold.objects.filter(account_id=account_id, request_id=request_id).first() if request_id else None
    return cells.NONE if row is None else cells.link(cells.page_url(Hold, row.pk), request_id)


def entries(hold: Hold) -> str:
    """What settling the hold entered; both were written at one instant, which an index finds."""
    if hold.closed_at is None:
        return cells.NONE
    rows = LedgerEntry.objects.filter(
        account_id=hold.account_id, request_id=hold.request_id, created_at=hold.closed_at
    ).order_by("id")
    return _joined(
        (cells.page_url(LedgerEntry, row.pk), f"{row.get_kind_display()} {cells.credits(row.amount)}")
        for row in rows
    )


def usage_rows(hold: Hold) -> str:
    """What was logged of the request's attempts."""
    rows = CreditUsageLog.objects.filter(account_id=hold.account_id, request_id=hold.request_id).order_by(
        "admitted_at", "id"
    )
    return _joined(
        (
            cells.page_url(CreditUsageLog, row.pk),
            f"{row.get_status_display()}: {row.error_code or wording.usage(row.usage)}",
        )
        for row in rows
    )


def _joined(links: object) -> str:
    text = format_html_join(" · ", '<a href="{}" class="text-link">{}</a>', links)  # type: ignore[arg-type]
    return text or cells.NONE
