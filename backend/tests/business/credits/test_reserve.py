"""reserve admits what the account can pay for, exactly, and refuses the rest without a trace in the balance."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from igny8_core.business.billing.models import AIProvider
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, AccountBalance, ApiKey, Hold
from tests.conftest import MakeAccount
from tests.ledger_calls import balance, end, held, hold_request, reserve, settle, state_of, usage_rows


def test_it_sets_the_amount_aside(account: Account) -> None:
    request = hold_request(account, "0.25")
    reserved = reserve(request)
    assert (reserved.outcome, reserved.attempt, reserved.available) == ("held", 1, 1000)
    assert balance(account) == (1000, Decimal("0.25"), 0)


def test_it_admits_down_to_the_floor_and_not_a_millionth_below(make_account: MakeAccount) -> None:
    account = make_account(10)
    assert reserve(hold_request(account, "9.999999")).outcome == "held"
    refused = reserve(hold_request(account, "0.000002"))
    assert (refused.outcome, refused.available) == ("insufficient", Decimal("0.000001"))
    assert reserve(hold_request(account, "0.000001")).outcome == "held"
    assert balance(account) == (10, 10, 0)


def test_a_refusal_is_logged_and_changes_nothing(make_account: MakeAccount) -> None:
    account = make_account(10)
    reserve(hold_request(account, 11))
    assert balance(account) == (10, 0, 0)
    assert not Hold.objects.filter(account=account).exists()
    assert usage_rows(account) == [("refused", "insufficient_credits", 0)]


def test_an_overdraft_floor_admits_below_zero(make_account: MakeAccount) -> None:
    account = make_account(0)
    AccountBalance.objects.filter(account=account).update(floor=-5)
    assert reserve(hold_request(account, 5)).outcome == "held"
    assert reserve(hold_request(account, "0.000001")).outcome == "insufficient"


def test_in_a_batch_a_refused_amount_leaves_the_running_sum(make_account: MakeAccount) -> None:
    account = make_account(10)
    outcomes = ledger.reserve([hold_request(account, amount) for amount in (6, 5, 4, 1)])
    assert [(o.outcome, o.available) for o in outcomes] == [
        ("held", 10),
        ("insufficient", 4),
        ("held", 4),
        ("insufficient", 0),
    ]
    assert balance(account) == (10, 10, 0)


def test_a_batch_over_accounts_answers_in_the_order_it_was_asked(make_account: MakeAccount) -> None:
    rich, poor = make_account(100), make_account(1)
    outcomes = ledger.reserve([hold_request(account, 2) for account in (poor, rich, poor, rich)])
    assert [o.outcome for o in outcomes] == ["insufficient", "held", "insufficient", "held"]
    assert (balance(rich), balance(poor)) == ((100, 4, 0), (1, 0, 0))


def test_a_request_id_used_again_is_a_duplicate(account: Account) -> None:
    request = held(account, 5)
    again = reserve(replace(request, owner=uuid4()))
    assert (again.outcome, again.state, again.attempt) == ("duplicate", "sent", 1)
    assert balance(account) == (1000, 5, 0)


def test_the_same_caller_asking_again_gets_the_hold_that_it_has(account: Account) -> None:
    request = held(account, 5)
    again = reserve(request)
    assert (again.outcome, again.attempt) == ("held", 1)
    assert balance(account) == (1000, 5, 0)


def test_a_request_id_with_another_body_is_a_conflict(account: Account) -> None:
    request = held(account, 5)
    assert reserve(replace(request, owner=uuid4(), fingerprint=UUID(int=2))).outcome == "conflict"
    assert balance(account) == (1000, 5, 0)


def test_a_settled_request_is_a_duplicate_even_when_nothing_is_left(make_account: MakeAccount) -> None:
    account = make_account(5)
    request = held(account, 5)
    settle(request, 5)
    again = reserve(replace(request, owner=uuid4()))
    assert (again.outcome, again.state) == ("duplicate", "settled")


def test_a_void_frees_the_key_and_the_next_try_is_another_attempt(account: Account) -> None:
    request = held(account, 5)
    end(request, "void")
    again = reserve(replace(request, owner=uuid4(), fingerprint=UUID(int=2)))
    assert (again.outcome, again.attempt) == ("held", 2)
    assert balance(account) == (1000, 5, 0)


def test_an_unknown_request_keeps_its_key(account: Account) -> None:
    request = held(account, 5)
    end(request, "unknown")
    assert reserve(replace(request, owner=uuid4())).outcome == "duplicate"
    assert state_of(request) == "unknown"


def test_a_quote_of_an_older_catalogue_is_stale(account: Account) -> None:
    request = hold_request(account, 5)
    provider = AIProvider.objects.create(slug="stale", name="Stale", base_url="http://127.0.0.1:9/v1")
    provider.delete()
    assert reserve(request).outcome == "stale"
    assert balance(account) == (1000, 0, 0)


def test_a_disabled_account_is_refused_by_the_very_next_reserve(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert reserve(hold_request(account, 5)).outcome == "refused"
    assert balance(account) == (1000, 0, 0)
    assert usage_rows(account) == [("refused", "account_refused", 0)]


@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_revoked_key_is_refused_by_the_very_next_reserve(account: Account, is_revoked: bool) -> None:
    revoked_at = timezone.now() if is_revoked else None
    key = ApiKey.objects.create(
        account=account, name="k", prefix="igny8_", key_hash="x", revoked_at=revoked_at
    )
    outcome = reserve(hold_request(account, 5, api_key_id=key.pk)).outcome
    assert outcome == ("refused" if is_revoked else "held")


def test_a_key_of_another_account_is_refused(account: Account, make_account: MakeAccount) -> None:
    key = ApiKey.objects.create(account=make_account(), name="k", prefix="igny8_", key_hash="x")
    assert reserve(hold_request(account, 5, api_key_id=key.pk)).outcome == "refused"


def test_an_account_that_does_not_exist_is_refused(account: Account) -> None:
    ghost = Account(pk=account.pk + 1_000_000)
    reserved = reserve(hold_request(ghost, 5))
    assert (reserved.outcome, reserved.available) == ("refused", None)
