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
from igny8_core.business.credits import money
from igny8_core.business.errors import Igny8Error

# The sweeper runs about every minute; a hold this long past its expiry means that it does not run.
SWEEP_GRACE: Final = "5 minutes"
ROWS_AT_A_TIME: Final = 5_000
# What reading a row that somebody has tampered with can raise.
MALFORMED: Final = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)

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
    "no account has debt and credits left at once": """
        SELECT account_id FROM credits_accountbalance b WHERE b.debt > 0
           AND EXISTS (SELECT FROM credits_grant g WHERE g.account_id = b.account_id AND g.remaining > 0)""",
    "what a grant lost was drawn, expired or repaid": """
        SELECT g.account_id FROM credits_grant g
          LEFT JOIN (
              SELECT account_id, grant_id, sum(amount) AS total FROM (
                  SELECT account_id, key::bigint AS grant_id, value::numeric AS amount
                    FROM credits_ledgerentry CROSS JOIN LATERAL jsonb_each_text(draws)
                  UNION ALL
                  SELECT account_id, grant_id, -amount FROM credits_ledgerentry WHERE kind = 'expiry') moves
               GROUP BY 1, 2) m ON m.account_id = g.account_id AND m.grant_id = g.id
         WHERE g.amount - g.repaid - g.remaining <> coalesce(m.total, 0)""",
    "each grant was entered once, for its amount": """
        SELECT g.account_id FROM credits_grant g
          LEFT JOIN credits_ledgerentry e
            ON e.account_id = g.account_id AND e.grant_id = g.id AND e.kind = 'grant'
         GROUP BY g.account_id, g.id, g.amount HAVING sum(e.amount) IS DISTINCT FROM g.amount""",
    "each void or unknown hold was logged so": """
        SELECT h.account_id FROM credits_hold h WHERE h.state IN ('void', 'unknown')
           AND NOT EXISTS (SELECT FROM credits_usage_log u
                            WHERE u.account_id = h.account_id AND u.request_id = h.request_id
                              AND u.attempt = h.attempt AND u.status = h.state)""",
    "hold, charge and card name the same model, provider and source": """
        SELECT h.account_id FROM credits_hold h
          LEFT JOIN credits_rate_card c ON c.account_id = h.account_id AND c.card_id = h.card_id
          LEFT JOIN credits_usage_log u
            ON u.account_id = h.account_id AND u.request_id = h.request_id AND u.status = 'settled'
         WHERE (h.model, h.provider, h.price_source)
               IS DISTINCT FROM (c.body ->> 'model', c.body ->> 'provider', c.body ->> 'source')
            OR (u.id IS NOT NULL AND (u.model, u.provider, u.price_source, u.card_id)
               IS DISTINCT FROM (h.model, h.provider, h.price_source, h.card_id))""",
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
         WHERE h IS NULL OR e.total IS NULL OR u.credits IS NULL OR e.total <> u.credits""",
    "what a charge drew from grants is at most the charge": """
        SELECT account_id FROM credits_ledgerentry
         WHERE kind IN ('charge', 'overrun')
           AND (SELECT coalesce(sum(value::numeric), 0) FROM jsonb_each_text(draws)) > -amount""",
    f"no hold is held or sent {SWEEP_GRACE} after its expiry (run sweep_holds)": f"""
        SELECT account_id FROM credits_hold WHERE state IN ('held', 'sent')
           AND expires_at < transaction_timestamp() - interval '{SWEEP_GRACE}'""",
}
CARDS_ARE_THEIR_HASH: Final = "a stored card's id is the hash of its content"
COSTS_ARE_EXACT: Final = (
    "re-pricing each charge with its stored card gives its cost, confidence and credits exactly"
)


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
    rows = connection.execute("SELECT account_id, card_id, body FROM credits_rate_card")
    for account_id, card_id, body in rows:
        try:
            card = RateCard.from_content(body)
            is_right = card.id == card_id
        except MALFORMED:
            is_right = False
        if is_right:
            cards[card_id] = card
        else:
            wrong.add(account_id)
    audit.counts["cards"] = len(cards)
    audit.broken[CARDS_ARE_THEIR_HASH] = sorted(wrong)
    return cards


def _check_costs(connection: postgres.Connection, audit: Audit, cards: dict[UUID, RateCard]) -> None:
    wrong = set()
    with connection.cursor(name="usage") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        rows = cursor.execute(
            "SELECT account_id, card_id, usage, cost_usd, usd_per_credit, credits, confidence FROM credits_usage_log"
            " WHERE status = 'settled'"
        )
        for account_id, card_id, usage, cost_usd, usd_per_credit, credits, confidence in rows:
            if not _is_exact(cards.get(card_id), usage, cost_usd, usd_per_credit, credits, confidence):
                wrong.add(account_id)
    audit.broken[COSTS_ARE_EXACT] = sorted(wrong)


def _is_exact(
    card: RateCard | None,
    usage: dict[str, Any],
    cost_usd: Decimal,
    usd_per_credit: Decimal,
    credits: Decimal,
    confidence: str,
) -> bool:
    if card is None:
        return False
    try:
        cost = price(card, Usage.from_json(usage))
        return (cost.total_usd, cost.confidence) == (cost_usd, confidence) and money.usd_to_credits(
            cost_usd, usd_per_credit
        ) == credits
    except (Igny8Error, *MALFORMED):
        return False


def _column(connection: postgres.Connection, query: str) -> list[int]:
    return [row[0] for row in connection.execute(query)]
