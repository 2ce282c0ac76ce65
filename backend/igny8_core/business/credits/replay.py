"""Charges calls that were made elsewhere, through the same reserve and settle, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

from igny8_core.business import postgres
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.catalogue import Fallback, Model
from igny8_core.business.billing.pricing import price
from igny8_core.business.content_id import content_id
from igny8_core.business.credits import ledger, money
from igny8_core.business.credits.ledger import Charge, Ending, HoldRequest
from igny8_core.business.credits.usage_file import UsageRow
from igny8_core.business.errors import (
    AccountRefused,
    CatalogueStale,
    IdempotencyConflict,
    Igny8Error,
    LedgerConflict,
    LedgerUnavailable,
)

BATCH: Final = 500
HOLD_SECONDS: Final = 300
ROUNDS: Final = 8


@dataclass(slots=True)
class Replayed:
    """Rows seen, how many were charged now and how many had been before; USD and credits of those charged now."""

    rows: int = 0
    charged: int = 0
    already_charged: int = 0
    cost_usd: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)


def replay_usage(
    *,
    rows: Iterable[UsageRow],
    account_id: int,
    model: str,
    fallback: Fallback,
    on_progress: Callable[[int], object] = lambda _rows: None,
) -> Replayed:
    """Charges each row at the price of its batch's moment; a row that this account was charged for is passed over.

    Nothing is sent, so the holds are only `held`: those of a run that was killed are voided by the sweeper or by the
    next run. Raises LedgerConflict while another run for the account goes on, UnknownModel, InactiveModel,
    InsufficientCredits, AccountRefused, IdempotencyConflict, LedgerUnavailable; batches charged before stay charged.
    """
    replayed = Replayed()
    iterator = iter(rows)
    with postgres.exclusive("replay", account_id) as is_alone:
        if not is_alone:
            raise LedgerConflict("another replay for this account is running; wait for its end")
        while batch := list(islice(iterator, BATCH)):
            _replay_batch(batch, account_id, model, fallback, replayed)
            on_progress(len(batch))
    return replayed


def _replay_batch(
    rows: list[UsageRow], account_id: int, name: str, fallback: Fallback, replayed: Replayed
) -> None:
    replayed.rows += len(rows)
    waiting = rows
    # Another round for rows whose price changed meanwhile, or that a killed run has left held.
    for _ in range(ROUNDS):
        waiting = _try_rows(waiting, account_id, name, fallback, replayed)
        if not waiting:
            return
    raise CatalogueStale(f"line {waiting[0].line}: prices changed during every quote; run it again")


def _try_rows(
    rows: list[UsageRow], account_id: int, name: str, fallback: Fallback, replayed: Replayed
) -> list[UsageRow]:
    """Charges what can be charged, and returns the rows to try again."""
    snapshot = catalogue.fresh(fallback)
    model = snapshot.resolve(name, "text")
    if snapshot.version is None:
        raise LedgerUnavailable("the ledger cannot be reached, so nothing can be held")
    usd_per_credit = money.usd_per_credit()
    costs = [price(model.card, row.usage) for row in rows]
    amounts = [money.usd_to_credits(cost.total_usd, usd_per_credit) for cost in costs]
    requests = [
        _hold_request(account_id, model, snapshot.version, row, amount)
        for row, amount in zip(rows, amounts, strict=True)
    ]
    again: list[UsageRow] = []
    charges: list[Charge] = []
    abandoned: list[Ending] = []
    refusal: Igny8Error | None = None
    for row, cost, request, reserved in zip(rows, costs, requests, ledger.reserve(requests), strict=True):
        match reserved.outcome:
            case "held":
                charges.append(
                    Charge(
                        account_id=account_id,
                        request_id=request.request_id,
                        attempt=reserved.attempt,
                        card_id=model.card.id,
                        usage=row.usage,
                        cost_usd=money.exact_usd(cost.total_usd),
                        usd_per_credit=usd_per_credit,
                        credits=request.amount,
                        confidence=cost.confidence,
                    )
                )
            case "duplicate" if reserved.state == "settled":
                replayed.already_charged += 1
            case "duplicate":
                # Left held by a run that was killed: one that still ran would have kept this one out.
                abandoned.append(
                    Ending(account_id, request.request_id, reserved.attempt, "void", "replay_abandoned")
                )
                again.append(row)
            case "stale":
                again.append(row)
            case "insufficient":
                refusal = refusal or reserved.refusal(request)
            case "conflict":
                refusal = refusal or IdempotencyConflict(
                    f"line {row.line} was charged before with another usage", line=row.line
                )
            case _:
                refusal = refusal or AccountRefused("the account is disabled", account_id=account_id)
    # What could be held is charged before a refusal is told, so that no hold is left behind.
    ledger.void(abandoned)
    _settle(charges, replayed)
    if refusal is not None:
        raise refusal
    return again


def _settle(charges: list[Charge], replayed: Replayed) -> None:
    for charge, settled in zip(charges, ledger.settle(charges), strict=True):
        if settled.outcome not in ("settled", "replayed"):
            raise LedgerConflict(f"request {charge.request_id} could not be charged: {settled.outcome}")
        replayed.charged += 1
        replayed.cost_usd += charge.cost_usd
        replayed.credits += charge.credits


def _hold_request(
    account_id: int, model: Model, version: UUID, row: UsageRow, amount: Decimal
) -> HoldRequest:
    return HoldRequest(
        account_id=account_id,
        request_id=content_id(f"replay:{account_id}:{model.name}:{row.id}"),
        owner=uuid4(),
        fingerprint=content_id(repr(row.usage)),
        amount=amount,
        lifetime_seconds=HOLD_SECONDS,
        state="held",
        card=model.card,
        version=version,
        operation="text",
        valid_from=model.period.valid_from,
        valid_to=model.period.valid_to,
    )
