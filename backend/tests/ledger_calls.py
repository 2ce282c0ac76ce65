"""The shortest way for a test to hold and charge without calling anything."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.rate_cards import RateCard, compile_card
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits import ledger
from igny8_core.business.credits.ledger import Charge, Ending, HoldRequest, Reserved, Settled
from igny8_core.business.credits.models import Account, AccountBalance, CreditUsageLog, Hold, LedgerEntry

# $0.01 for each input token, so a token is a credit.
CARD: RateCard = compile_card(
    model="test", provider="test", source="database", input_cost_per_1m=Decimal(10_000)
)


def hold_request(account: Account, amount: Decimal | int | str, **fields: Any) -> HoldRequest:
    version = catalogue.fresh(constants_catalogue).version
    assert version is not None
    request = HoldRequest(
        account_id=account.pk,
        request_id=uuid4(),
        owner=uuid4(),
        fingerprint=UUID(int=1),
        amount=Decimal(amount),
        lifetime_seconds=60,
        state="sent",
        card=CARD,
        version=version,
        operation="text",
    )
    return replace(request, **fields)


def reserve(request: HoldRequest) -> Reserved:
    [reserved] = ledger.reserve([request])
    return reserved


def held(account: Account, amount: Decimal | int | str, **fields: Any) -> HoldRequest:
    request = hold_request(account, amount, **fields)
    assert reserve(request).outcome == "held"
    return request


def charge_of(request: HoldRequest, credits: int, *, attempt: int = 1) -> Charge:
    return Charge(
        account_id=request.account_id,
        request_id=request.request_id,
        attempt=attempt,
        card_id=request.card.id,
        usage=Usage(input_tokens=credits),
        cost_usd=Decimal(credits) / 100,
        usd_per_credit=Decimal("0.01"),
        credits=Decimal(credits),
    )


def settle(request: HoldRequest, credits: int, *, attempt: int = 1) -> Settled:
    [settled] = ledger.settle([charge_of(request, credits, attempt=attempt)])
    return settled


def end(request: HoldRequest, state: Any, *, attempt: int = 1) -> str:
    [outcome] = ledger.void([Ending(request.account_id, request.request_id, attempt, state, "test")])
    return outcome


def balance(account: Account) -> tuple[Decimal, Decimal, Decimal]:
    """(posted, reserved, debt)"""
    row = AccountBalance.objects.get(account=account)
    return row.posted, row.reserved, row.debt


def state_of(request: HoldRequest) -> str:
    return Hold.objects.get(account_id=request.account_id, request_id=request.request_id).state


def entries(account: Account) -> list[tuple[str, Decimal]]:
    return list(LedgerEntry.objects.filter(account=account).order_by("id").values_list("kind", "amount"))


def usage_rows(account: Account) -> list[tuple[str, str | None, Decimal]]:
    rows = CreditUsageLog.objects.filter(account=account).order_by("id")
    return list(rows.values_list("status", "error_code", "credits"))
