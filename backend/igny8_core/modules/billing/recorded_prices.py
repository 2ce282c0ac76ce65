"""What a model's prices have been, a page at a time: the answer of …/ai/models/NAME/history/."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from igny8_core.business.billing.models import ModelAlias, PriceVersion
from igny8_core.business.billing.price_history import Version, versions_of
from igny8_core.business.credits.ledger import storable
from igny8_core.business.errors import InvalidRequest
from igny8_core.business.shown_value import shown_value
from igny8_core.modules.api.envelope import shown
from igny8_core.modules.api.parameters import Parameter
from igny8_core.modules.billing.moment import read_time, written
from igny8_core.modules.billing.shown_prices import shown_base_prices, shown_rates, sources_of

PAGE_SIZE: Final = 50
PARAMETERS: Final = (
    Parameter(
        "from", "A time, such as `2026-12-01T00:00:00Z`: only prices that were in force then or later."
    ),
    Parameter("to", "A time: only prices that were in force then or before."),
    Parameter("page", f"Pages have {PAGE_SIZE} versions; without it, 1: the latest."),
)
DIGITS: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Asked:
    start: datetime | None
    end: datetime | None
    page: int


def read_query(given: Mapping[str, str]) -> Asked:
    """Raises InvalidRequest."""
    start, end = read_time("from", given.get("from")), read_time("to", given.get("to"))
    if start is not None and end is not None and start > end:
        raise InvalidRequest(
            f"from is {written(start)}, which is after to, {written(end)}",
            parameter="from",
            value=written(start),
        )
    page = given.get("page", "1")
    if not DIGITS.fullmatch(page) or int(page) == 0:
        raise InvalidRequest(
            f"page is {shown_value(page, 50)}; it must be a whole number from 1",
            parameter="page",
            value=shown(page),
        )
    return Asked(start, end, int(page))


def recorded_prices(name: str, asked: Asked) -> tuple[list[dict[str, Any]], dict[str, Any]] | None:
    """The page's versions, the latest first, and the `meta` of the page; None for what never was a model.

    A name that ever was a model's is that model's; an alias is the model's that has it now. Raises InvalidRequest for a
    page after the last.
    """
    name = storable(name)
    times = _times(name)
    if not times:
        name = ModelAlias.objects.filter(name=name).values_list("model__model_name", flat=True).first() or ""
        times = _times(name)
    if not times:
        return None
    # In force at the start is what was recorded last before it.
    first = 0 if asked.start is None else max(bisect_right(times, asked.start) - 1, 0)
    last = len(times) if asked.end is None else bisect_right(times, asked.end)
    count = max(last - first, 0)
    pages = max(-(-count // PAGE_SIZE), 1)
    if asked.page > pages:
        raise InvalidRequest(
            f"page is {asked.page}; the last is {pages}", parameter="page", value=str(asked.page)
        )
    end = last - (asked.page - 1) * PAGE_SIZE
    chosen = times[max(end - PAGE_SIZE, first) : end]
    versions = versions_of(name, start=chosen[0], end=chosen[-1]) if chosen else []
    data = [_shown(version, _next(times, version.recorded_at)) for version in reversed(versions)]
    return data, {
        "model_name": name,
        "page": asked.page,
        "pages": pages,
        "page_size": PAGE_SIZE,
        "count": count,
    }


def _times(name: str) -> list[datetime]:
    """When the prices of a model became others, in order."""
    return list(
        PriceVersion.objects.filter(model_name=name)
        .order_by("recorded_at", "id")
        .values_list("recorded_at", flat=True)
    )


def _next(times: list[datetime], time: datetime) -> datetime | None:
    place = bisect_right(times, time)
    return times[place] if place < len(times) else None


def _shown(version: Version, replaced_at: datetime | None) -> dict[str, Any]:
    sheet = version.sheet
    return {
        "recorded_at": written(version.recorded_at),
        "replaced_at": written(replaced_at),
        "is_deleted": sheet is None,
        "provider": None if sheet is None else sheet.provider,
        **shown_base_prices(sheet),
        "rates": [] if sheet is None else shown_rates(sheet, sources_of(version)),
    }
