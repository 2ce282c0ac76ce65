"""The figures as the usage log itself has them: exact at any moment, at about a second for a million rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from igny8_core.business.errors import LedgerUnavailable
from igny8_core.business.usage.by_day import EVERYTHING, Cell, Only
from igny8_core.business.usage.figures import IMAGE_UNITS, INPUT_UNITS, OUTPUT_UNITS, Figures


def _sum_of(units: Iterable[str]) -> str:
    """Of the charged calls."""
    counts = " + ".join(f"coalesce((usage ->> '{unit}')::bigint, 0)" for unit in units)
    return f"coalesce(sum({counts}) FILTER (WHERE status = 'settled'), 0)"


# The order of Figures' fields.
FIGURES: Final = f"""
    count(*) FILTER (WHERE status = 'settled'),
    count(*) FILTER (WHERE status = 'refused'),
    count(*) FILTER (WHERE status = 'void'),
    count(*) FILTER (WHERE status = 'unknown'),
    {_sum_of(INPUT_UNITS)},
    {_sum_of(OUTPUT_UNITS)},
    {_sum_of(IMAGE_UNITS)},
    coalesce(sum(cost_usd) FILTER (WHERE status = 'settled'), 0),
    coalesce(sum(credits) FILTER (WHERE status = 'settled'), 0)"""
BETWEEN: Final = "admitted_at >= %(since)s AND admitted_at < %(until)s"

CELLS: Final = f"""
    SELECT (admitted_at AT TIME ZONE 'UTC')::date, model, provider, {FIGURES}
      FROM credits_usage_log WHERE {BETWEEN} GROUP BY 1, 2, 3"""  # noqa: S608  only the constants above
TOTAL: Final = f"""
    SELECT {FIGURES} FROM credits_usage_log
     WHERE {BETWEEN} AND (%(model)s::text IS NULL OR model = %(model)s)
       AND (%(provider)s::text IS NULL OR provider = %(provider)s)"""  # noqa: S608  only the constants above


class UsageTooSlow(LedgerUnavailable):
    """There were more rows than can be added up in the time that was given."""


class UsageLog:
    """Reads through Django's connection, so that no charge waits for one; each read ends after `longest_ms`."""

    def __init__(self, *, longest_ms: int = 10_000) -> None:
        self._longest_ms = longest_ms

    def cells(self, *, since: datetime, until: datetime) -> list[Cell]:
        """The figures of the calls admitted from `since` until before `until`, by day and model. Raises UsageTooSlow."""
        rows = self._read(CELLS, {"since": since, "until": until})
        return [
            Cell(day=day, model=model, provider=provider, figures=_figures(numbers))
            for day, model, provider, *numbers in rows
        ]

    def total(self, *, since: datetime, until: datetime, only: Only = EVERYTHING) -> Figures:
        """The same as one sum. Raises UsageTooSlow."""
        values = {"since": since, "until": until, "model": only.model, "provider": only.provider}
        [numbers] = self._read(TOTAL, values)
        return _figures(numbers)

    def is_empty(self) -> bool:
        """Whether no call was ever logged."""
        [(is_empty,)] = self._read("SELECT NOT EXISTS (SELECT FROM credits_usage_log)", {})
        return bool(is_empty)

    def _read(self, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # The planner takes a day for as many groups as it has rows, and would sort them all on disk.
                cursor.execute(
                    f"SET LOCAL statement_timeout = {self._longest_ms:d};"
                    " SET LOCAL enable_sort = off; SET LOCAL jit = off"
                )
                cursor.execute(query, values)
                rows: list[tuple[Any, ...]] = cursor.fetchall()
                # Nothing was written, and the settings go with it also where a caller has a transaction open.
                transaction.set_rollback(True)
        except OperationalError as error:
            if isinstance(error.__cause__, QueryCanceled):
                raise UsageTooSlow(
                    f"the usage could not be added up within {self._longest_ms / 1000:g} s; take fewer days"
                ) from error
            raise
        return rows


def _figures(numbers: Sequence[Any]) -> Figures:
    calls, refused, failed, unknown, input_tokens, output_tokens, images, cost_usd, credits = numbers
    return Figures(
        calls=calls,
        refused=refused,
        failed=failed,
        unknown=unknown,
        # A sum of bigints is numeric.
        input_tokens=int(input_tokens),
        output_tokens=int(output_tokens),
        images=int(images),
        cost_usd=cost_usd,
        credits=credits,
    )
