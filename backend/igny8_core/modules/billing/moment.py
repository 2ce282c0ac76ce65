"""The time whose prices are asked for: now by the database's clock, or the one that a caller names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from igny8_core.business.billing.models.model_rate import EARLIEST, LATEST
from igny8_core.business.errors import InvalidRequest
from igny8_core.business.shown_value import shown_value
from igny8_core.modules.api.envelope import shown
from igny8_core.modules.api.parameters import Parameter

TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
# An address has a space for a `+` that is written as it is.
OFFSET: Final = re.compile(r" [0-9]{2}:[0-9]{2}\Z")
WRITTEN: Final = "it must be written like 2026-12-01T00:00:00Z"

AT: Final = Parameter(
    "at",
    "A time, such as `2026-12-01T00:00:00Z`: the prices charged then, or that will be. Without it, now. An offset other"
    " than `Z` is written `%2B01:00` in an address.",
)

QUERY: Final = """
WITH clock AS (SELECT clock_timestamp() AS now)
SELECT version, now, (SELECT greatest(max(valid_from) FILTER (WHERE valid_from <= now),
                                      max(valid_to) FILTER (WHERE valid_to <= now)) FROM billing_modelrate)
  FROM credits_catalogueversion, clock
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """The catalogue's version, the database's clock, and when a rate last began or ended: nobody edits the catalogue
    when a scheduled price begins, so the version alone does not tell it."""

    version: UUID
    now: datetime
    changed: datetime | None


def read_moment() -> Moment:
    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        return Moment(*cursor.fetchone())


def read_time(name: str, value: object) -> datetime | None:
    """The time that a caller wrote, in UTC; None for None. Raises InvalidRequest."""
    if value is None:
        return None
    if isinstance(value, str) and OFFSET.search(value) and TIME.fullmatch(value.replace(" ", "+")):
        raise _refused(
            name, value, f"in an address the + of an offset is written %2B, as {value.replace(' ', '%2B')}"
        )
    if not isinstance(value, str) or not (found := TIME.fullmatch(value)):
        raise _refused(name, value, WRITTEN)
    if found[3] is None:
        raise _refused(name, value, f"its time zone is missing; {WRITTEN}")
    try:
        time = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(name, value, f"there is no such time; {WRITTEN}") from None
    if not EARLIEST <= time < LATEST:
        raise _refused(name, value, "it must be between the years 2000 and 3000")
    return time


def written(time: datetime | None) -> str | None:
    """A time as answers show it: 2026-12-01T00:00:00Z."""
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _refused(name: str, value: object, why: str) -> InvalidRequest:
    return InvalidRequest(f"{name} is {shown_value(value)}; {why}", parameter=name, value=shown(value))
