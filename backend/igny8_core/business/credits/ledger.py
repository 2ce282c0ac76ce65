"""reserve / settle / void / grant / sweep: the only writer of balances, on its own connections.

Every operation is a batch; a single call is a batch of one. A batch holds at most one item for each request id.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

import psycopg

from igny8_core.business import postgres
from igny8_core.business.billing.pricing import Confidence
from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.billing.usage import Usage
from igny8_core.business.conf import setting
from igny8_core.business.credits import money
from igny8_core.business.errors import (
    AccountRefused,
    InsufficientCredits,
    InvalidRequest,
    LedgerConflict,
    LedgerUnavailable,
)

logger = logging.getLogger(__name__)

SWEEP_ACCOUNTS: Final = 200
EXPIRED: Final = (
    "SELECT DISTINCT account_id FROM credits_hold WHERE state IN ('held', 'sent')"
    " AND expires_at <= clock_timestamp() ORDER BY account_id"
)
LONGEST_MODEL: Final = 100
# NUL and lone surrogates: JSON and Python have them, PostgreSQL does not.
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What reserve needs to know of a call. `amount` in credits; `owner` tells a repeated reserve from another caller's."""

    account_id: int
    request_id: UUID
    owner: UUID
    fingerprint: UUID
    amount: Decimal
    lifetime_seconds: int
    state: Literal["held", "sent"]
    card: RateCard
    version: UUID
    operation: str
    # The card is the model's during this time only, by the database's clock; None is no such end.
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    user_ref: str | None = None
    api_key_id: int | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """outcome: held | duplicate | conflict | stale | insufficient | refused. `available` credits at that instant,
    before this hold; `state`, `attempt` and `card_id` of the hold that stands."""

    outcome: str
    state: str | None
    attempt: int
    available: Decimal | None
    floor: Decimal | None
    card_id: UUID | None
    expires_at: datetime | None

    def refusal(self, request: HoldRequest) -> InsufficientCredits:
        """What an outcome of `insufficient` is told as."""
        zero = Decimal(0)
        return InsufficientCredits(
            needed=request.amount,
            available=self.available or zero,
            floor=self.floor or zero,
            request_id=request.request_id,
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """What settle enters for one attempt of a request."""

    account_id: int
    request_id: UUID
    attempt: int
    card_id: UUID
    usage: Usage
    cost_usd: Decimal
    usd_per_credit: Decimal
    credits: Decimal
    confidence: Confidence = Confidence.EXACT
    provider_request_id: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """outcome: settled | replayed | missing | superseded. `overrun`: credits above the hold."""

    outcome: str
    credits: Decimal | None
    overrun: Decimal | None
    available: Decimal | None


@dataclass(frozen=True, slots=True)
class Ending:
    """An end without a charge. `state` void gives the credits back; unknown keeps them: the provider may bill."""

    account_id: int
    request_id: UUID
    attempt: int
    state: Literal["void", "unknown"]
    error_code: str
    provider_request_id: str | None = None
    detail: dict[str, Any] | None = None
    # What is known to have been used, though it has no price.
    usage: Usage | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was refused before anything could be held: one row of the usage log, and nothing else."""

    account_id: int
    request_id: UUID
    operation: str
    error_code: str
    model: str | None
    user_ref: str | None
    api_key_id: int | None
    detail: dict[str, Any]


def reserve(requests: Sequence[HoldRequest]) -> list[Reserved]:
    """Admits or refuses each request, in order. Raises LedgerUnavailable."""
    items = []
    for request in requests:
        item = _item(request)
        card = request.card
        item |= {"amount": money.exact_credits(request.amount), "card_id": card.id, "card": card.content}
        item |= {"model": card.model, "provider": card.provider, "price_source": card.source}
        items.append(item)
    rows = _call("reserve", items, retry_seconds=setting("LEDGER_RETRY_SECONDS"))
    return [Reserved(*row) for row in rows]


def settle(charges: Sequence[Charge]) -> list[Settled]:
    """Charges each, whatever it cost; charging again changes nothing. Raises LedgerUnavailable after SETTLE_RETRY_SECONDS."""
    seconds = setting("ANSWER_SECONDS")
    items = []
    for charge in charges:
        item = _item(charge)
        item |= {"cost_usd": money.exact_usd(charge.cost_usd), "credits": money.exact_credits(charge.credits)}
        items.append(item | {"answer_seconds": seconds})
    rows = _call("settle", items, retry_seconds=setting("SETTLE_RETRY_SECONDS"))
    return [Settled(*row) for row in rows]


def void(endings: Sequence[Ending]) -> list[str]:
    """Ends each hold without a charge: void | unknown | unchanged | missing. Raises LedgerUnavailable."""
    rows = _call("void", [_item(ending) for ending in endings], retry_seconds=setting("SETTLE_RETRY_SECONDS"))
    return [outcome for outcome, _available in rows]


def grant(
    *,
    account_id: int,
    external_id: str,
    source: str,
    amount: Decimal,
    priority: int = 100,
    is_paid: bool = False,
    expires_at: datetime | None = None,
) -> int:
    """Brings credits in, once for each external id, and returns the grant's id.

    Raises InvalidRequest for an amount that is not positive or finer than a millionth, AccountRefused for an account
    that does not exist, and LedgerConflict where the external id brought another amount.
    """
    amount = money.exact_credits(amount)
    if amount <= 0:
        raise InvalidRequest(f"a grant of {amount} credits; it must be positive", amount=str(amount))
    item = {
        "account_id": account_id,
        "external_id": external_id,
        "source": source,
        "amount": amount,
        "priority": priority,
        "is_paid": is_paid,
        "expires_at": expires_at,
    }
    [(outcome, grant_id, _available)] = _call("grant", [item], retry_seconds=setting("LEDGER_RETRY_SECONDS"))
    if outcome == "refused":
        raise AccountRefused(f"account {account_id} does not exist", account_id=account_id)
    if outcome == "conflict":
        raise LedgerConflict(
            f"grant '{external_id}' was made before with another amount", external_id=external_id
        )
    return int(grant_id)


def sweep() -> dict[str, int]:
    """Ends every hold past its expiry: {"void": n, "unknown": n, "busy": accounts left for the next sweep because
    they were locked, "failed": accounts that the ledger's own rules refused, "answers": expired answers that were
    deleted}. Raises LedgerUnavailable."""
    counts = {"void": 0, "unknown": 0, "busy": 0, "failed": 0}
    account_ids = [row[0] for row in _read(EXPIRED, [])]
    groups = [
        account_ids[start : start + SWEEP_ACCOUNTS] for start in range(0, len(account_ids), SWEEP_ACCOUNTS)
    ]
    while groups:
        group = groups.pop()
        try:
            outcomes = _read("SELECT outcome FROM credits_sweep(%s)", [group])
        except (LedgerUnavailable, psycopg.Error) as error:
            is_busy = isinstance(error.__cause__, psycopg.errors.LockNotAvailable)
            if isinstance(error, LedgerUnavailable) and not is_busy:
                raise
            # One account that is locked, or broken, must not keep the others from being swept.
            if len(group) > 1:
                groups += [[account_id] for account_id in group]
            elif is_busy:
                counts["busy"] += 1
            else:
                counts["failed"] += 1
                logger.exception("account %s could not be swept", group[0])
            continue
        for (outcome,) in outcomes:
            if outcome in counts:
                counts[outcome] += 1
    answers = _read(
        "WITH gone AS (DELETE FROM credits_storedanswer WHERE expires_at <= clock_timestamp() RETURNING 1)"
        " SELECT count(*) FROM gone",
        [],
    )
    _read("SELECT credits_ensure_partitions(12)", [])
    return counts | {"answers": answers[0][0]}


def refuse(refusal: Refusal) -> None:
    """Logs a call that was refused before reserve. Raises LedgerUnavailable."""
    item = _item(refusal)
    _read(
        "INSERT INTO credits_usage_log (account_id, admitted_at, logged_at, request_id, attempt, status, error_code,"
        " operation, model, user_ref, api_key_id, usage, cost_usd, credits, held, detail)"
        " SELECT id, clock_timestamp(), clock_timestamp(), %(request_id)s, 0, 'refused', %(error_code)s,"
        " %(operation)s, %(model)s, %(user_ref)s, %(api_key_id)s, '{}', 0, 0, 0, %(detail)s::jsonb"
        " FROM credits_account WHERE id = %(account_id)s RETURNING 1",
        item
        | {
            "model": (item["model"] or "")[:LONGEST_MODEL] or None,
            "detail": json.dumps(item["detail"], default=str),
        },
    )


def available_credits(account_id: int) -> Decimal:
    """posted - reserved, less what is due to expire. Raises AccountRefused for an account that does not exist,
    LedgerUnavailable."""
    rows = _read(
        "SELECT posted - reserved - least(greatest(posted - reserved, 0), (SELECT coalesce(sum(remaining), 0)"
        " FROM credits_grant g WHERE g.account_id = b.account_id AND remaining > 0"
        " AND expires_at <= clock_timestamp())) FROM credits_accountbalance b WHERE account_id = %s",
        [account_id],
    )
    if not rows:
        raise AccountRefused(f"account {account_id} does not exist", account_id=account_id)
    available: Decimal = rows[0][0]
    return available


@dataclass(frozen=True, slots=True)
class HoldStatus:
    """How a request stands now; `answer` is the stored one of a settled keyed call, while it is kept."""

    state: str
    attempt: int
    owner: UUID
    fingerprint: UUID
    answer: str | None


def hold_status(account_id: int, request_id: UUID) -> HoldStatus | None:
    """The request's hold, or None. Raises LedgerUnavailable."""
    rows = _read(
        "SELECT h.state, h.attempt, h.owner, h.fingerprint, a.answer FROM credits_hold h LEFT JOIN credits_storedanswer a"
        " ON a.account_id = h.account_id AND a.request_id = h.request_id AND a.expires_at > clock_timestamp()"
        " WHERE h.account_id = %s AND h.request_id = %s",
        [account_id, request_id],
    )
    return HoldStatus(*rows[0]) if rows else None


def _call(operation: str, items: list[dict[str, Any]], *, retry_seconds: float) -> list[tuple[Any, ...]]:
    """The operation's rows in the order of the items, without their number."""
    statement = f"SELECT * FROM credits_{operation}(%s::jsonb) ORDER BY ord"

    def work(connection: postgres.Connection) -> list[tuple[Any, ...]]:
        def attempt(batch: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
            rows = connection.execute(statement, [json.dumps(batch, default=_to_json)]).fetchall()
            return [row[1:] for row in rows]

        try:
            return attempt(items)
        except postgres.TRANSIENT:
            raise
        except psycopg.Error:
            if len(items) == 1:
                raise
        # One bad item must not refuse its neighbours: all are tried before it is named.
        rows: list[tuple[Any, ...]] = []
        failures = []
        for item in items:
            try:
                rows += attempt([item])
            except postgres.TRANSIENT:
                raise
            except psycopg.Error as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return rows

    return postgres.run(work, retry_seconds=retry_seconds)


def _read(statement: str, values: Any) -> list[tuple[Any, ...]]:
    return postgres.run(
        lambda connection: connection.execute(statement, values).fetchall(),
        retry_seconds=setting("LEDGER_RETRY_SECONDS"),
    )


def _item(request: HoldRequest | Charge | Ending | Refusal) -> dict[str, Any]:
    """Field by field: asdict() would copy the rate card of every item to the depth."""
    return {name: storable(getattr(request, name)) for name in request.__slots__}


def storable(value: Any) -> Any:
    """The value with what PostgreSQL cannot store in a text replaced."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: storable(item) for name, item in value.items()}
    return value


def _to_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Usage):
        return value.to_json()
    return str(value)
