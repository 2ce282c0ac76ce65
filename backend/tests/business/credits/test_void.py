"""void ends a hold without a charge: the credits come back, or stay while the provider may still bill."""

from igny8_core.business.credits import ledger
from igny8_core.business.credits.ledger import Ending
from igny8_core.business.credits.models import Account, CreditUsageLog
from tests.ledger_calls import (
    balance,
    end,
    entries,
    held,
    hold_request,
    reserve,
    settle,
    state_of,
    usage_rows,
)


def test_void_gives_the_credits_back_and_logs_why(account: Account) -> None:
    request = held(account, 10)
    assert end(request, "void") == "void"
    assert balance(account) == (1000, 0, 0)
    assert entries(account) == [("grant", 1000)]
    assert usage_rows(account) == [("void", "test", 0)]
    assert state_of(request) == "void"


def test_unknown_keeps_the_credits(account: Account) -> None:
    request = held(account, 10)
    assert end(request, "unknown") == "unknown"
    assert balance(account) == (1000, 10, 0)
    assert usage_rows(account) == [("unknown", "test", 0)]


def test_an_unknown_hold_can_be_voided(account: Account) -> None:
    request = held(account, 10)
    end(request, "unknown")
    assert end(request, "void") == "void"
    assert balance(account) == (1000, 0, 0)


def test_ending_twice_changes_nothing(account: Account) -> None:
    request = held(account, 10)
    end(request, "void")
    assert end(request, "void") == "unchanged"
    assert end(request, "unknown") == "unchanged"
    assert balance(account) == (1000, 0, 0)
    assert len(usage_rows(account)) == 1


def test_a_settled_hold_is_not_voided(account: Account) -> None:
    request = held(account, 10)
    settle(request, 4)
    assert end(request, "void") == "unchanged"
    assert balance(account) == (996, 0, 0)


def test_an_older_attempt_cannot_void_a_newer_one(account: Account) -> None:
    request = held(account, 10)
    end(request, "void")
    reserve(request)
    assert end(request, "void", attempt=1) == "unchanged"
    assert balance(account) == (1000, 10, 0)


def test_the_same_hold_twice_in_one_batch_gives_its_credits_back_once(account: Account) -> None:
    request = held(account, 10)
    held(account, 10)
    ending = Ending(account.pk, request.request_id, 1, "void", "test")
    assert ledger.void([ending, ending]) == ["void", "unchanged"]
    assert balance(account) == (1000, 10, 0)
    assert len(usage_rows(account)) == 1


def test_a_reason_that_postgresql_cannot_store_is_stored_without_it(account: Account) -> None:
    request = held(account, 10)
    detail = {"message": "nul \x00 and half a pair \ud83d"}
    assert ledger.void([Ending(account.pk, request.request_id, 1, "void", "test", detail=detail)]) == ["void"]
    row = CreditUsageLog.objects.get(account=account)
    assert row.detail == {"message": "nul \ufffd and half a pair \ufffd"}


def test_a_request_without_a_hold_is_missing(account: Account) -> None:
    assert end(hold_request(account, 10), "void") == "missing"
    assert balance(account) == (1000, 0, 0)
