"""How values are written in lists and on pages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from igny8_core.business.credits import money

NONE: Final = "–"


def moment(value: datetime | None) -> str:
    """To the second, in UTC, so that it sorts as it reads and can be pasted into a filter."""
    return NONE if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def duration(start: datetime, end: datetime | None) -> str:
    if end is None:
        return NONE
    seconds = (end - start).total_seconds()
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def credits(amount: Decimal | None) -> str:
    return NONE if amount is None else money.format_credits(amount)


def usd(amount: Decimal | None) -> str:
    return NONE if amount is None else money.format_usd(amount, decimals=2)


def short_id(value: Any) -> SafeString | str:
    """The first characters; the whole of it where the pointer rests."""
    return NONE if value is None else format_html('<span title="{}">{}…</span>', value, str(value)[:8])


def link(url: str, text: Any) -> SafeString:
    return format_html('<a href="{}" class="text-link">{}</a>', url, text)


def page_url(model: type[Model], pk: Any) -> str:
    """The page of one row."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])


def list_url(model: type[Model], /, **params: Any) -> str:
    """The list, narrowed."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{urlencode(params)}" if params else url
