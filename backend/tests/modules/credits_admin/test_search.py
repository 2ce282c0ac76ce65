"""Searching finds what an operator pastes: a request id, an account, a user; and it never fails on anything else."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Model
from django.test import Client

from igny8_core.business.billing.rate_cards import compile_card
from igny8_core.business.credits import ledger
from igny8_core.business.credits.ledger import HoldRequest, Refusal
from igny8_core.business.credits.models import (
    Account,
    ApiKey,
    CreditUsageLog,
    Grant,
    Hold,
    LedgerEntry,
    StoredRateCard,
)
from tests.conftest import MakeAccount
from tests.ledger_calls import CARD, end, held, hold_request, reserve, settle
from tests.modules.credits_admin.rows import ADMINS, shown

CALLS = [CreditUsageLog, Hold, LedgerEntry]


@pytest.fixture
def call(account: Account) -> HoldRequest:
    """A call of user `ada-…` that was settled, among others of the same account."""
    settle(held(account, 10), 4)
    request = held(account, 10, user_ref=f"ada-{uuid4().hex}")
    settle(request, 4)
    settle(held(account, 10), 4)
    return request


def of_request(model: type[Model], request: HoldRequest) -> list[int]:
    rows = model._default_manager.filter(account_id=request.account_id, request_id=request.request_id)
    return sorted(row.pk for row in rows)


@pytest.mark.parametrize("model", CALLS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("written", [str, lambda given: given.hex, lambda given: f"  {str(given).upper()} "])
def test_a_request_id_finds_its_rows_in_whatever_account(
    operator: Client, call: HoldRequest, model: type[Model], written: object
) -> None:
    found = shown(operator, model, q=written(call.request_id))  # type: ignore[operator]
    assert found == of_request(model, call)
    assert len(found) == 1


def test_an_overrun_is_found_beside_its_charge(operator: Client, account: Account) -> None:
    request = held(account, 10)
    settle(request, 15)
    assert sorted(shown(operator, LedgerEntry, q=request.request_id)) == of_request(LedgerEntry, request)
    assert len(of_request(LedgerEntry, request)) == 2


def test_every_attempt_of_a_request_is_found(operator: Client, account: Account) -> None:
    request = held(account, 10)
    end(request, "void")
    reserve(request)
    settle(request, 4, attempt=2)
    rows = CreditUsageLog.objects.filter(pk__in=shown(operator, CreditUsageLog, q=request.request_id))
    assert sorted(rows.values_list("attempt", "status")) == [(1, "void"), (2, "settled")]


def test_a_request_that_was_refused_is_found_although_nothing_was_held(
    operator: Client, account: Account
) -> None:
    request = hold_request(account, 5000)
    assert reserve(request).outcome == "insufficient"
    early = Refusal(account.pk, uuid4(), "text", "unknown_model", "nonesuch", None, None, {})
    ledger.refuse(early)
    for request_id in (request.request_id, early.request_id):
        [found] = shown(operator, CreditUsageLog, q=request_id)
        assert CreditUsageLog.objects.get(pk=found).request_id == request_id
        assert shown(operator, Hold, q=request_id) == []
        assert shown(operator, LedgerEntry, q=request_id) == []


def test_a_request_that_was_refused_is_found_beside_another_accounts_that_was_held(
    operator: Client, make_account: MakeAccount
) -> None:
    poor, rich = make_account(1), make_account(1000)
    request = hold_request(poor, 10)
    assert reserve(request).outcome == "insufficient"
    settle(held(rich, 10, request_id=request.request_id), 4)
    rows = CreditUsageLog.objects.filter(pk__in=shown(operator, CreditUsageLog, q=request.request_id))
    assert {(row.account_id, row.status) for row in rows} == {(poor.pk, "refused"), (rich.pk, "settled")}


@pytest.mark.parametrize("count", [21, 40])
def test_what_many_accounts_have_is_found_in_each(
    operator: Client, make_account: MakeAccount, count: int
) -> None:
    name = f"monthly-{uuid4().hex}"
    accounts = [make_account(0) for _ in range(count)]
    Account.objects.filter(pk__in=[account.pk for account in accounts]).update(name=name)
    card = compile_card(model=name, provider="test", source="database", input_cost_per_1m=Decimal(10_000))
    for account in accounts:
        ledger.grant(account_id=account.pk, external_id=name, source="subscription", amount=Decimal(100))
        settle(held(account, 10, card=card), 4)
    assert len(shown(operator, Grant, q=name)) == count
    assert len(shown(operator, StoredRateCard, q=card.id)) == count
    for model in CALLS:
        rows = model._default_manager.filter(account__name=name).order_by("-id")
        assert shown(operator, model, q=name) == [row.pk for row in rows][:50]


def test_an_open_hold_has_no_entry_yet(operator: Client, account: Account) -> None:
    request = held(account, 10)
    assert shown(operator, Hold, q=request.request_id) == of_request(Hold, request)
    assert shown(operator, LedgerEntry, q=request.request_id) == []


@pytest.mark.parametrize("model", [*CALLS, Grant, StoredRateCard], ids=lambda model: model.__name__)
@pytest.mark.parametrize("field", ["slug", "name", "external_id"])
def test_an_account_finds_its_rows_newest_first(
    operator: Client, make_account: MakeAccount, model: type[Model], field: str
) -> None:
    account = make_account(100, external_id=f"crm-{uuid4().hex}")
    Account.objects.filter(pk=account.pk).update(name=f"Company {uuid4().hex}")
    account.refresh_from_db()
    for _ in range(3):
        settle(held(account, 10), 4)
    rows = model._default_manager.filter(account=account).order_by("-id")
    assert shown(operator, model, q=getattr(account, field)) == [row.pk for row in rows]


@pytest.mark.parametrize("model", [CreditUsageLog, Hold], ids=lambda model: model.__name__)
def test_a_user_finds_the_calls_made_for_it(operator: Client, call: HoldRequest, model: type[Model]) -> None:
    assert shown(operator, model, q=call.user_ref) == of_request(model, call)
    assert shown(operator, model, user_ref=call.user_ref) == of_request(model, call)


def test_a_grant_is_found_by_its_external_id(operator: Client, account: Account) -> None:
    name = f"invoice-{uuid4().hex}"
    pk = ledger.grant(
        account_id=account.pk, external_id=name, source="purchase", amount=account.balance.floor + 5
    )
    assert shown(operator, Grant, q=name) == [pk]


def test_a_card_is_found_by_its_id(operator: Client, account: Account) -> None:
    settle(held(account, 10), 4)
    found = StoredRateCard.objects.filter(pk__in=shown(operator, StoredRateCard, q=CARD.id))
    assert {card.card_id for card in found} == {CARD.id}


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    "term",
    [
        "00000000-0000-4000-8000-000000000000",
        "not to be found",
        "'; DROP TABLE credits_hold; --",
        "%",
        "x" * 3000,
        "\x00",
        "\ud83d\ude00",
        "0" * 31,
    ],
    ids=["uuid", "words", "quotes", "percent", "long", "nul", "emoji", "digits"],
)
def test_whatever_is_searched_for_is_answered(operator: Client, model: type[Model], term: str) -> None:
    term = term.encode("utf-16", "surrogatepass").decode("utf-16")
    response = operator.get(f"/admin/credits/{model._meta.model_name}/", {"q": term})
    assert response.status_code in (200, 302)


@pytest.mark.parametrize("model", [*CALLS, Grant, Account, ApiKey], ids=lambda model: model.__name__)
def test_the_search_box_says_what_it_finds(operator: Client, model: type[Model]) -> None:
    response = operator.get(f"/admin/credits/{model._meta.model_name}/")
    help_text = response.context["cl"].search_help_text
    assert help_text
    assert f'placeholder="{help_text}"'.replace("'", "&#x27;") in response.content.decode()
