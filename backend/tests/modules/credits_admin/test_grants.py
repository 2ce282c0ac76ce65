"""Granting credits by hand: by the ledger, once, with its actor; what was granted cannot be changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, Grant
from igny8_core.business.errors import LedgerConflict, LedgerUnavailable
from tests.ledger_calls import balance, entries
from tests.modules.credits_admin.conftest import signed_in
from tests.modules.credits_admin.rows import address, errors, history, page


@pytest.fixture
def empty(make_account: Any) -> Account:
    account: Account = make_account(0)
    return account


def form(account: Account, /, **fields: Any) -> dict[str, Any]:
    filled_in = {
        "account": account.pk,
        "amount": "12.5",
        "source": "promotion",
        "external_id": "by-hand",
        "priority": "50",
        "expires_at_0": "",
        "expires_at_1": "",
    }
    return {name: value for name, value in {**filled_in, **fields}.items() if value is not None}


def test_it_grants_by_the_ledger_and_names_its_actor(operator: Client, empty: Account) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    sent = form(
        empty,
        is_paid="on",
        expires_at_0=f"{tomorrow:%Y-%m-%d}",
        expires_at_1=f"{tomorrow:%H:%M:%S}",
    )
    assert operator.post(address(Grant, "add"), sent).status_code == 302
    grant = Grant.objects.get(account=empty)
    assert (grant.amount, grant.remaining, grant.source) == (Decimal("12.5"), Decimal("12.5"), "promotion")
    assert (grant.external_id, grant.is_paid, grant.priority) == ("by-hand", True, 50)
    assert grant.expires_at == tomorrow.replace(microsecond=0)
    assert balance(empty) == (Decimal("12.5"), 0, 0)
    assert entries(empty) == [("grant", Decimal("12.5"))]
    assert history(operator) == [("12.5 credits from promotion", "Added.")]


def test_the_page_proposes_an_external_id_and_keeps_it(operator: Client, empty: Account) -> None:
    proposed = [
        operator.get(address(Grant, "add")).context["adminform"].form.initial["external_id"] for _ in range(2)
    ]
    assert proposed[0] != proposed[1]
    assert proposed[0].startswith(f"admin-{timezone.now():%Y-}")


def test_the_same_external_id_grants_once_and_says_so(operator: Client, empty: Account) -> None:
    operator.post(address(Grant, "add"), form(empty))
    made = Grant.objects.get(account=empty)
    for amount in ("12.5", "99"):
        assert errors(operator, Grant, form(empty, amount=amount)) == {
            "external_id": [
                f"Already granted on {made.created_at:%Y-%m-%d %H:%M:%S} (UTC): 12.5 credits from promotion."
                " Nothing was granted again."
            ]
        }
    assert balance(empty) == (Decimal("12.5"), 0, 0)
    assert len(history(operator)) == 1


def test_two_clicks_grant_once(empty: Account) -> None:
    codes: list[int] = []
    together = Barrier(2)

    def click() -> None:
        with signed_in(is_staff=True, is_superuser=True) as client:
            together.wait()
            codes.append(client.post(address(Grant, "add"), form(empty)).status_code)
        connection.close()

    clicks = [Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert sorted(codes) == [200, 302]
    assert balance(empty) == (Decimal("12.5"), 0, 0)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("amount", "0", "0 credits cannot be granted; the amount must be positive."),
        ("amount", "-3", "-3 credits cannot be granted; the amount must be positive."),
        ("amount", "NaN", "Enter a number."),
        ("amount", "Infinity", "Enter a number."),
        ("amount", "0.0000001", "Ensure that there are no more than 6 decimal places."),
        (
            "amount",
            "100000000000000",
            "Ensure that there are no more than 14 digits before the decimal point.",
        ),
        ("amount", "", "This field is required."),
        ("account", "", "This field is required."),
        ("account", "0", "Select a valid choice. That choice is not one of the available choices."),
        ("source", "gift", "Select a valid choice. gift is not one of the available choices."),
        ("external_id", " ", "This field is required."),
        ("priority", "40000", "Ensure this value is less than or equal to 32767."),
    ],
)
def test_a_mistake_is_named_and_grants_nothing(
    operator: Client, empty: Account, field: str, value: str, message: str
) -> None:
    assert errors(operator, Grant, form(empty, **{field: value})) == {field: [message]}
    assert not Grant.objects.filter(account=empty).exists()
    assert (balance(empty), history(operator)) == ((0, 0, 0), [])


def test_credits_that_expired_already_are_refused(operator: Client, empty: Account) -> None:
    sent = form(empty, expires_at_0="2020-02-03", expires_at_1="04:05:06")
    assert errors(operator, Grant, sent) == {
        "expires_at": ["2020-02-03 04:05:06 has passed; these credits would be lost at once."]
    }
    assert not Grant.objects.filter(account=empty).exists()


def test_a_ledger_that_is_away_loses_nothing_that_was_filled_in(
    operator: Client, empty: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_fields: object) -> int:
        raise LedgerUnavailable("the database did not answer in time")

    sent = form(empty, is_paid="on", expires_at_0="2099-12-31", expires_at_1="23:59:59")
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "grant", away)
        response = operator.post(address(Grant, "add"), sent, follow=True)
    assert (balance(empty), history(operator)) == ((0, 0, 0), [])
    shown = response.context["adminform"].form
    again = {bound.html_name: bound.value() for bound in shown if bound.name != "expires_at"}
    again["expires_at_0"], again["expires_at_1"] = shown["expires_at"].value()
    assert operator.post(address(Grant, "add"), again).status_code == 302
    grant = Grant.objects.get(account=empty)
    assert (grant.amount, grant.external_id, grant.is_paid) == (Decimal("12.5"), "by-hand", True)
    assert grant.expires_at == datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_an_answer_that_was_lost_is_not_called_a_refusal(
    operator: Client, empty: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = ledger.grant

    def lost(**fields: Any) -> int:
        granted(**fields)
        raise LedgerUnavailable("the database did not answer in time")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "grant", lost)
        response = operator.post(address(Grant, "add"), form(empty), follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "Whether it was granted is not known; save it again with its external id, which grants once:"
        " the database did not answer in time"
    ]
    assert "Already granted on" in errors(operator, Grant, form(empty))["external_id"][0]
    assert balance(empty) == (Decimal("12.5"), 0, 0)


def test_what_the_ledger_refuses_is_said(
    operator: Client, empty: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_fields: object) -> int:
        raise LedgerConflict("grant 'by-hand' was made before with another amount")

    monkeypatch.setattr(ledger, "grant", refused)
    response = operator.post(address(Grant, "add"), form(empty), follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "Nothing was granted: grant 'by-hand' was made before with another amount"
    ]
    assert (balance(empty), history(operator)) == ((0, 0, 0), [])


def test_a_grant_that_was_made_can_only_be_looked_at(operator: Client, account: Account) -> None:
    grant = Grant.objects.get(account=account)
    assert "1,000" in page(operator, Grant, grant.pk)
    sent = form(account, amount="5000")
    assert operator.post(address(Grant, "change", grant.pk), sent).status_code == 403
    grant.refresh_from_db()
    assert (grant.amount, balance(account)) == (1000, (1000, 0, 0))


def test_granting_needs_its_permission(empty: Account) -> None:
    with signed_in(is_staff=True, permissions="change_") as changer:
        assert changer.post(address(Grant, "add"), form(empty)).status_code == 403
    assert balance(empty) == (0, 0, 0)
    with signed_in(is_staff=True, permissions="add_grant") as granter:
        assert granter.post(address(Grant, "add"), form(empty)).status_code == 302
    assert balance(empty) == (Decimal("12.5"), 0, 0)
