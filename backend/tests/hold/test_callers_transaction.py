"""A charge is the ledger's own: a caller's transaction that rolls back does not take it along."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from igny8_core.ai.ai_core import AICore
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold, LedgerEntry
from tests.callable_model import CallableModel

User = get_user_model()


class CallerFailed(Exception):
    pass


def call_and_fail(request: HttpRequest, slug: str, model: str) -> HttpResponse:
    """A view of somebody's project: writes a row of its own, makes a charged call, and raises."""
    assert connection.in_atomic_block
    User.objects.create(username=slug)
    call(Account.objects.get(slug=slug), model)
    raise CallerFailed


urlpatterns = [path("<slug>/<model>", call_and_fail)]


@pytest.fixture
def model(text_model: CallableModel) -> CallableModel:
    text_model.answers_with_usage(input_tokens=40, output_tokens=500)
    return text_model


def test_a_charge_inside_atomic_stays_when_the_caller_rolls_back(
    account: Account, model: CallableModel
) -> None:
    with pytest.raises(CallerFailed):
        call_in_a_transaction_and_fail(account, model)

    assert not User.objects.filter(username=account.slug).exists()
    assert_charged(account, model)


def test_a_charge_inside_a_savepoint_stays_when_it_is_rolled_back(
    account: Account, model: CallableModel
) -> None:
    with transaction.atomic():
        with pytest.raises(CallerFailed):
            call_in_a_transaction_and_fail(account, model)
        assert not User.objects.filter(username=account.slug).exists()

    assert_charged(account, model)


def test_under_atomic_requests_a_charge_stays_when_the_view_fails(
    account: Account, model: CallableModel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)

    with pytest.raises(CallerFailed):
        Client().get(f"/{account.slug}/{model.name}")

    assert not User.objects.filter(username=account.slug).exists()
    assert_charged(account, model)


def call_in_a_transaction_and_fail(account: Account, model: CallableModel) -> None:
    with transaction.atomic():
        User.objects.create(username=account.slug)
        call(account, model.name)
        raise CallerFailed


def call(account: Account, model: str) -> None:
    AICore(account=account).run_ai_request(prompt="Hello", model=model, max_tokens=500)


def assert_charged(account: Account, model: CallableModel) -> None:
    # 40 x $1/1M + 500 x $10/1M = $0.00504
    assert model.count().received == 1
    assert ledger.available_credits(account.pk) == Decimal("999.496")
    assert LedgerEntry.objects.get(account=account, kind="charge").amount == Decimal("-0.504")
    assert Hold.objects.get(account=account).state == "settled"
    assert CreditUsageLog.objects.get(account=account).credits == Decimal("0.504")
