"""How far holds exceed what calls cost: what a tighter quote would leave available."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection

# A call that cost nothing has no ratio. The same figures for each model and, without one, for all.
QUERY: Final = """
SELECT model, count(*), coalesce(sum(held), 0), coalesce(sum(credits), 0),
       round(sum(held) / nullif(sum(credits), 0), 4),
       round(percentile_disc(0.5) WITHIN GROUP (ORDER BY held / nullif(credits, 0)), 4),
       round(percentile_disc(0.95) WITHIN GROUP (ORDER BY held / nullif(credits, 0)), 4),
       count(*) FILTER (WHERE credits > held), coalesce(sum(credits - held) FILTER (WHERE credits > held), 0)
  FROM credits_usage_log
 WHERE status = 'settled' AND admitted_at >= %(since)s
   AND (%(account_id)s::bigint IS NULL OR account_id = %(account_id)s)
 GROUP BY GROUPING SETS ((model), ())
 ORDER BY grouping(model), coalesce(sum(held - credits), 0) DESC, model
"""


@dataclass(frozen=True, slots=True)
class HeldAndCharged:
    """The charged calls of a model, or of all (None). A ratio is credits held for each credit charged, to the fourth
    decimal; None where nothing was charged. 95 of 100 calls are at most at `p95_ratio`."""

    model: str | None
    calls: int
    held: Decimal
    charged: Decimal
    ratio: Decimal | None
    median_ratio: Decimal | None
    p95_ratio: Decimal | None
    overruns: int
    overrun_credits: Decimal


@dataclass(frozen=True, slots=True)
class HoldReport:
    """`models` in the order of the credits that were held in vain, the most first."""

    models: tuple[HeldAndCharged, ...]
    total: HeldAndCharged


def report_holds(*, since: datetime, account_id: int | None = None) -> HoldReport:
    """The calls admitted at `since` or later that have been charged, of one account or of all."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY, {"since": since, "account_id": account_id})
        *models, total = (HeldAndCharged(*row) for row in cursor.fetchall())
    return HoldReport(tuple(models), total)
