"""Every charge says how sure its price is, and what has no price is no charge."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from igny8_core.business import postgres
from igny8_core.business.billing.pricing import Confidence
from igny8_core.business.billing.rate_cards import Rate, RateCard
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits import ledger
from igny8_core.business.credits.ledger import Ending
from igny8_core.business.credits.ledger_audit import audit_in_transaction
from igny8_core.business.credits.models import Account, CreditUsageLog
from tests.conftest import MakeAccount
from tests.ledger_calls import CARD, balance, charge_of, end, held, settle, usage_rows

AN_ESTIMATE = RateCard(
    "test", "test", "database", (Rate("input_tokens", Decimal(10_000), 1_000_000, is_estimate=True),)
)


def confidences(account: Account) -> list[tuple[str, str | None]]:
    rows = CreditUsageLog.objects.filter(account=account).order_by("id")
    return list(rows.values_list("status", "confidence"))


@pytest.mark.parametrize(
    ("card", "confidence"), [(CARD, Confidence.EXACT), (AN_ESTIMATE, Confidence.ESTIMATED)]
)
def test_a_charge_is_exact_or_estimated(account: Account, card: RateCard, confidence: Confidence) -> None:
    request = held(account, 10, card=card)
    ledger.settle([replace(charge_of(request, 4), confidence=confidence)])
    assert confidences(account) == [("settled", confidence)]
    assert account.pk not in broken_accounts(account)


def test_a_void_keeps_what_was_used_and_that_it_has_no_price(account: Account) -> None:
    request = held(account, 10)
    usage = Usage(web_searches=3, service_tier="flex")
    ending = Ending(
        account.pk,
        request.request_id,
        1,
        "unknown",
        "unpriced_usage",
        usage=usage,
        confidence=Confidence.UNPRICED,
    )
    assert ledger.void([ending]) == ["unknown"]
    row = CreditUsageLog.objects.get(account=account)
    assert (row.confidence, row.usage) == ("unpriced", {"web_searches": 3, "service_tier": "flex"})
    assert (row.cost_usd, row.credits, balance(account)) == (0, 0, (1000, 10, 0))
    # Once its rate is known it is charged as any other.
    settle(request, 4)
    assert confidences(account) == [("unknown", "unpriced"), ("settled", "exact")]
    assert balance(account) == (996, 0, 0)


def test_what_ends_without_usage_has_nothing_to_be_sure_of(account: Account) -> None:
    end(held(account, 10), "void")
    assert confidences(account) == [("void", None)]
    assert CreditUsageLog.objects.get(account=account).usage == {}


def test_an_older_caller_that_does_not_say_is_believed_to_be_exact(account: Account) -> None:
    request = held(account, 10)
    item: dict[str, Any] = ledger._item(charge_of(request, 4)) | {"answer_seconds": 60}
    del item["confidence"]
    [(outcome, *_rest)] = ledger._call("settle", [item], retry_seconds=1)
    assert outcome == "settled"
    other = held(account, 10)
    item = ledger._item(Ending(account.pk, other.request_id, 1, "void", "test"))
    del item["confidence"], item["usage"]
    assert ledger._call("void", [item], retry_seconds=1)[0][0] == "void"
    assert confidences(account) == [("settled", "exact"), ("void", None)]


@pytest.mark.parametrize("confidence", [Confidence.UNPRICED, "certain"])
def test_the_database_refuses_a_charge_without_a_price(account: Account, confidence: Any) -> None:
    request = held(account, 10)
    with pytest.raises(psycopg.errors.CheckViolation, match="a_charge_has_a_price"):
        ledger.settle([replace(charge_of(request, 4), confidence=confidence)])
    assert (balance(account), usage_rows(account)) == ((1000, 10, 0), [])


@pytest.mark.parametrize("confidence", ["'unpriced'", "NULL"])
def test_whoever_writes_it(account: Account, confidence: str) -> None:
    settle(held(account, 10), 4)
    change = f"UPDATE credits_usage_log SET confidence = {confidence} WHERE account_id = {account.pk}"
    with psycopg.connect(**postgres.connection_options()) as connection:
        connection.execute("ALTER TABLE credits_usage_log DISABLE TRIGGER USER")
        with pytest.raises(psycopg.errors.CheckViolation, match="a_charge_has_a_price"):
            connection.execute(change)  # type: ignore[arg-type]
        connection.rollback()


@pytest.mark.parametrize(
    ("card", "told", "tampered"), [(CARD, "exact", "estimated"), (AN_ESTIMATE, "estimated", "exact")]
)
def test_check_ledger_notices_a_confidence_that_is_not_the_cards(
    make_account: MakeAccount, card: RateCard, told: str, tampered: str
) -> None:
    account = make_account()
    request = held(account, 10, card=card)
    ledger.settle([replace(charge_of(request, 4), confidence=Confidence(told))])
    assert account.pk not in broken_accounts(account)
    change = f"UPDATE credits_usage_log SET confidence = '{tampered}' WHERE account_id = {account.pk}"
    assert account.pk in broken_accounts(account, change)


def broken_accounts(account: Account, change: str = "") -> list[int]:
    """Accounts with a charge that is not its card's. Nothing of the change is committed."""
    invariant = "re-pricing each charge with its stored card gives its cost, confidence and credits exactly"
    with psycopg.connect(**postgres.connection_options()) as connection:
        if change:
            connection.execute("ALTER TABLE credits_usage_log DISABLE TRIGGER USER")
            connection.execute(change)  # type: ignore[arg-type]
        audit = audit_in_transaction(connection)
        connection.rollback()
    return audit.broken[invariant]
