"""Every invariant of the ledger as a question that the database answers with the accounts that break it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from igny8_core.business import postgres
from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.billing.usage import Usage
from igny8_core.business.conf import setting
from igny8_core.business.errors import Igny8Error

# The sweeper runs about every minute; a hold this long past its expiry means that it does not run.
SWEEP_GRACE: Final = "5 minutes"
ROWS_AT_A_TIME: Final = 5_000

COUNTS: Final = {
    "accounts": "SELECT count(*) FROM credits_account",
    "entries": "SELECT count(*) FROM credits_ledgerentry",
    "grants": "SELECT count(*) FROM credits_grant",
    "holds": "SELECT count(*) FROM credits_hold",
    "open_holds": "SELECT count(*) FROM credits_hold WHERE state IN ('held', 'sent', 'unknown')",
    "usage_rows": "SELECT count(*) FROM credits_usage_log",
}

# name -> a query of account ids that break it
INVARIANTS: Final = {
    "every account has a balance": """
        SELECT a.id FROM credits_account a LEFT JOIN credits_accountbalance b ON b.account_id = a.id
         WHERE b.account_id IS NULL""",
    "sum of entries = posted": """
        SELECT account_id FROM credits_accountbalance b
          LEFT JOIN (SELECT account_id, sum(amount) AS total FROM credits_ledgerentry GROUP BY 1) e USING (account_id)
         WHERE b.posted <> coalesce(e.total, 0)""",
    "every entry's posted_after is the sum of the entries up to it": """
        SELECT account_id FROM (
            SELECT account_id, posted_after,
                   sum(amount) OVER (PARTITION BY account_id ORDER BY id) AS total FROM credits_ledgerentry) e
         WHERE posted_after <> total""",
    "sum of open holds = reserved": """
        SELECT account_id FROM credits_accountbalance b
          LEFT JOIN (SELECT account_id, sum(amount) AS total FROM credits_hold
                      WHERE state IN ('held', 'sent', 'unknown') GROUP BY 1) h USING (account_id)
         WHERE b.reserved <> coalesce(h.total, 0)""",
    "sum of grant remainders - debt = posted": """
        SELECT account_id FROM credits_accountbalance b
          LEFT JOIN (SELECT account_id, sum(remaining) AS total FROM credits_grant GROUP BY 1) g USING (account_id)
         WHERE coalesce(g.total, 0) - b.debt <> b.posted""",
    "no hold was admitted below its floor": """
        SELECT account_id FROM credits_hold WHERE available_after < floor_at_reserve""",
    "a request_id settles at most once": """
        SELECT account_id FROM credits_ledgerentry WHERE kind = 'charge'
         GROUP BY account_id, request_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id FROM credits_usage_log WHERE status = 'settled'
         GROUP BY account_id, request_id HAVING count(*) > 1""",
    "a hold is settled exactly where it was charged and logged, for the same credits": """
        SELECT account_id FROM
            (SELECT account_id, request_id FROM credits_hold WHERE state = 'settled') h
            FULL JOIN (SELECT account_id, request_id, sum(-amount) AS total FROM credits_ledgerentry
                        WHERE kind IN ('charge', 'overrun') GROUP BY 1, 2) e USING (account_id, request_id)
            FULL JOIN (SELECT account_id, request_id, credits FROM credits_usage_log
                        WHERE status = 'settled') u USING (account_id, request_id)
         WHERE h IS NULL OR e.total IS DISTINCT FROM u.credits""",
    "what a charge drew from grants is at most the charge": """
        SELECT account_id FROM credits_ledgerentry
         WHERE kind IN ('charge', 'overrun')
           AND (SELECT coalesce(sum(value::numeric), 0) FROM jsonb_each_text(draws)) > -amount""",
    f"no hold is held or sent {SWEEP_GRACE} after its expiry (run sweep_holds)": f"""
        SELECT account_id FROM credits_hold WHERE state IN ('held', 'sent')
           AND expires_at < clock_timestamp() - interval '{SWEEP_GRACE}'""",
}
CARDS_ARE_THEIR_HASH: Final = "a stored card's id is the hash of its content"
COSTS_ARE_EXACT: Final = "re-pricing each charge with its stored card gives its cost exactly"


@dataclass(slots=True)
class Audit:
    """What was counted, and the accounts that break each invariant: {name: [account id, …]}; empty lists are clean."""

    counts: dict[str, int] = field(default_factory=dict)
    broken: dict[str, list[int]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        return not any(self.broken.values())


def audit_ledger() -> Audit:
    """Reads the whole ledger in one snapshot. Raises LedgerUnavailable."""
    return postgres.run(_audit, retry_seconds=setting("LEDGER_RETRY_SECONDS"))


def audit_in_transaction(connection: postgres.Connection) -> Audit:
    """Audits what the connection's open transaction sees."""
    audit = Audit()
    for name, query in COUNTS.items():
        audit.counts[name] = _column(connection, query)[0]
    for name, query in INVARIANTS.items():
        audit.broken[name] = sorted(set(_column(connection, query)))
    cards = _check_cards(connection, audit)
    _check_costs(connection, audit, cards)
    return audit


def _audit(connection: postgres.Connection) -> Audit:
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return audit_in_transaction(connection)


def _check_cards(connection: postgres.Connection, audit: Audit) -> dict[UUID, RateCard]:
    cards: dict[UUID, RateCard] = {}
    wrong = set()
    for account_id, card_id, body in connection.execute(
        "SELECT account_id, card_id, body FROM credits_rate_card"
    ):
        card = cards.setdefault(card_id, RateCard.from_content(body))
        if card.id != card_id or RateCard.from_content(body) != card:
            wrong.add(account_id)
    audit.counts["cards"] = len(cards)
    audit.broken[CARDS_ARE_THEIR_HASH] = sorted(wrong)
    return cards


def _check_costs(connection: postgres.Connection, audit: Audit, cards: dict[UUID, RateCard]) -> None:
    wrong = set()
    with connection.cursor(name="usage") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        rows = cursor.execute(
            "SELECT account_id, card_id, usage, cost_usd FROM credits_usage_log WHERE status = 'settled'"
        )
        for account_id, card_id, usage, cost_usd in rows:
            if not _is_exact(cards.get(card_id), usage, cost_usd):
                wrong.add(account_id)
    audit.broken[COSTS_ARE_EXACT] = sorted(wrong)


def _is_exact(card: RateCard | None, usage: dict[str, Any], cost_usd: Decimal) -> bool:
    try:
        return card is not None and price(card, Usage.from_json(usage)).total_usd == cost_usd
    except Igny8Error:
        return False


def _column(connection: postgres.Connection, query: str) -> list[int]:
    return [row[0] for row in connection.execute(query)]
