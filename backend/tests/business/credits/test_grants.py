"""Grants come in once, and expire up to what no hold has reserved."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account
from igny8_core.business.errors import AccountRefused, InvalidRequest, LedgerConflict
from tests.conftest import MakeAccount
from tests.ledger_calls import balance, end, entries, held, hold_request, reserve, settle


def grant(
    account: Account, amount: int, *, external_id: str = "g", expires_at: datetime | None = None
) -> int:
    return ledger.grant(
        account_id=account.pk,
        external_id=external_id,
        source="promotion",
        amount=Decimal(amount),
        expires_at=expires_at,
    )


def just_expired() -> datetime:
    return timezone.now() - timedelta(seconds=1)


def test_the_same_external_id_grants_once(make_account: MakeAccount) -> None:
    account = make_account(0)
    assert grant(account, 5) == grant(account, 5)
    assert balance(account) == (5, 0, 0)


def test_the_same_external_id_with_another_amount_is_refused(make_account: MakeAccount) -> None:
    account = make_account(0)
    grant(account, 5)
    with pytest.raises(LedgerConflict):
        grant(account, 6)
    assert balance(account) == (5, 0, 0)


@pytest.mark.parametrize("amount", [0, -1, Decimal("1.0000005"), Decimal("NaN"), Decimal("Infinity")])
def test_a_grant_is_a_positive_amount_to_the_millionth(account: Account, amount: Any) -> None:
    with pytest.raises(InvalidRequest):
        grant(account, amount)
    assert balance(account) == (1000, 0, 0)


def test_an_account_that_does_not_exist_is_refused(account: Account) -> None:
    with pytest.raises(AccountRefused):
        grant(Account(pk=account.pk + 1_000_000), 5)


def test_what_has_expired_is_not_admitted(make_account: MakeAccount) -> None:
    account = make_account(0)
    grant(account, 10, expires_at=just_expired())
    refused = reserve(hold_request(account, 1))
    assert (refused.outcome, refused.available) == ("insufficient", 0)
    assert entries(account) == [("grant", 10), ("expiry", -10)]
    assert balance(account) == (0, 0, 0)


def test_what_is_due_to_expire_is_not_available(make_account: MakeAccount) -> None:
    account = make_account(20)
    grant(account, 1000, expires_at=just_expired())
    assert ledger.available_credits(account.pk) == 20


def test_expiry_leaves_what_is_reserved_until_the_hold_ends(make_account: MakeAccount) -> None:
    account = make_account(0)
    grant_id = grant(account, 10)
    request = held(account, 4)
    account.grants.filter(pk=grant_id).update(expires_at=just_expired())

    assert reserve(hold_request(account, 1)).available == 0
    assert balance(account) == (4, 4, 0)
    end(request, "void")
    assert reserve(hold_request(account, 1)).available == 0
    assert balance(account) == (0, 0, 0)
    assert entries(account) == [("grant", 10), ("expiry", -6), ("expiry", -4)]


def test_a_call_that_was_held_in_time_is_paid_from_the_grant_that_has_expired(
    make_account: MakeAccount,
) -> None:
    account = make_account(0)
    grant_id = grant(account, 10)
    request = held(account, 4)
    account.grants.filter(pk=grant_id).update(expires_at=just_expired())
    reserve(hold_request(account, 1))

    settle(request, 4)

    assert balance(account) == (0, 0, 0)
    assert account.grants.get().remaining == 0
