"""The requests of each client, counted in the database: so all workers, on all machines, count together.

The generic cell rate algorithm: one time a client, by the database's clock. A request is admitted where that time is at
most `slack` ahead of now, and moves it on by one interval; a client that asked for nothing since has no row, or one
that is as good as none. A time that is further ahead than the rate can have put it is left from a clock that was since
put back, or from a slower rate: that client starts anew.
"""

from __future__ import annotations

import secrets
from typing import Final

from igny8_core.business import postgres
from igny8_core.modules.throttling.rates import Rate

# One statement: the row is locked, judged and moved on at once, by whoever comes first.
ADMIT: Final = """
INSERT INTO throttling_arrival AS known (client, earned_at)
VALUES (%(client)s, clock_timestamp() + %(interval_us)s * interval '1 microsecond')
ON CONFLICT (client) DO UPDATE
   SET earned_at = greatest(
           CASE WHEN known.earned_at <= clock_timestamp() + %(longest_us)s * interval '1 microsecond' THEN known.earned_at END,
           clock_timestamp()
       ) + %(interval_us)s * interval '1 microsecond'
 WHERE known.earned_at <= clock_timestamp() + %(slack_us)s * interval '1 microsecond'
    OR known.earned_at > clock_timestamp() + %(longest_us)s * interval '1 microsecond'
RETURNING true
"""
WAIT: Final = """
SELECT ceil(extract(epoch FROM earned_at - clock_timestamp() - %(slack_us)s * interval '1 microsecond'))::integer
  FROM throttling_arrival WHERE client = %(client)s
"""
# A row that another request is just moving on is left to it.
FORGET: Final = """
DELETE FROM throttling_arrival WHERE client IN (
    SELECT client FROM throttling_arrival WHERE earned_at < clock_timestamp() LIMIT %s FOR UPDATE SKIP LOCKED)
"""

# One request in so many forgets up to so many idle clients: ten for each that can have come.
FORGET_EVERY: Final = 500
FORGET_AT_MOST: Final = 5000


def admit(*, client: str, rate: Rate, retry_seconds: int) -> int:
    """0, or the seconds after which to ask again. Raises LedgerUnavailable.

    Committed at once and apart from the request's own transaction, so that nothing which rolls back is free. A try that
    is repeated because its answer was lost may count twice.
    """
    values = {
        "client": client,
        "interval_us": rate.interval_us,
        "slack_us": rate.slack_us,
        "longest_us": rate.longest_us,
    }

    def work(connection: postgres.Connection) -> int:
        if connection.execute(ADMIT, values).fetchone():
            if secrets.randbelow(FORGET_EVERY) == 0:
                _forget(connection)
            return 0
        row = connection.execute(WAIT, values).fetchone()
        return max(1, row[0] if row else 1)

    return postgres.run(work, retry_seconds=retry_seconds)


def forget_idle(*, retry_seconds: int = 2) -> int:
    """Deletes clients whose allowance is whole again; how many. Raises LedgerUnavailable."""
    return postgres.run(_forget, retry_seconds=retry_seconds)


def _forget(connection: postgres.Connection) -> int:
    return connection.execute(FORGET, [FORGET_AT_MOST]).rowcount
