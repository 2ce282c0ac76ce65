"""Lists can be narrowed by what their filters offer, and by nothing that would read a table from end to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Model
from django.test import Client

from igny8_core.business.credits.ledger import HoldRequest
from igny8_core.business.credits.models import Account, CreditUsageLog, Grant, Hold, LedgerEntry
from tests.conftest import MakeAccount
from tests.ledger_calls import end, held, hold_request, reserve, settle
from tests.modules.credits_admin.rows import address, shown

GROWING = [CreditUsageLog, Hold, LedgerEntry, Grant]


@pytest.fixture
def calls(account: Account) -> dict[str, HoldRequest]:
    """A call of each outcome."""
    found = {name: held(account, 10) for name in ("settled", "void", "unknown", "sent")}
    settle(found["settled"], 15)
    end(found["void"], "void")
    end(found["unknown"], "unknown")
    found["refused"] = hold_request(account, 10**6)
    reserve(found["refused"])
    return found


def test_usage_is_narrowed_by_status(
    operator: Client, account: Account, calls: dict[str, HoldRequest]
) -> None:
    for status in ("settled", "void", "unknown", "refused"):
        found = shown(operator, CreditUsageLog, account__id__exact=account.pk, status__exact=status)
        rows = CreditUsageLog.objects.filter(pk__in=found)
        assert [row.request_id for row in rows] == [calls[status].request_id]


def test_usage_is_narrowed_by_error_code_model_and_source(
    operator: Client, account: Account, calls: dict[str, HoldRequest]
) -> None:
    def count(**params: str) -> int:
        return len(shown(operator, CreditUsageLog, account__id__exact=account.pk, **params))

    assert count() == 4
    assert count(error_code="insufficient_credits") == 1
    assert count(error_code="insufficient") == 0
    assert (count(model="test"), count(model="other")) == (4, 0)
    assert (count(price_source="database"), count(price_source="constants")) == (4, 0)
    assert (count(operation="text"), count(operation="image")) == (4, 0)


def test_holds_are_narrowed_by_state(
    operator: Client, account: Account, calls: dict[str, HoldRequest]
) -> None:
    for state in ("settled", "void", "unknown", "sent"):
        [found] = shown(operator, Hold, account__id__exact=account.pk, state__exact=state)
        assert Hold.objects.get(pk=found).request_id == calls[state].request_id
    assert shown(operator, Hold, account__id__exact=account.pk, state__exact="held") == []


@pytest.mark.usefixtures("calls")
def test_entries_are_narrowed_by_kind(operator: Client, account: Account) -> None:
    for kind in ("grant", "charge", "overrun"):
        [found] = shown(operator, LedgerEntry, account__id__exact=account.pk, kind__exact=kind)
        assert LedgerEntry.objects.get(pk=found).kind == kind
    assert shown(operator, LedgerEntry, account__id__exact=account.pk, kind__exact="expiry") == []


def test_grants_are_narrowed_by_what_is_left(operator: Client, make_account: MakeAccount) -> None:
    account = make_account(10)
    settle(held(account, 10), 10)
    [spent] = shown(operator, Grant, account__id__exact=account.pk, left="no")
    assert Grant.objects.get(pk=spent).remaining == 0
    assert shown(operator, Grant, account__id__exact=account.pk, left="yes") == []
    assert shown(operator, Grant, account__id__exact=account.pk, is_paid__exact="1") == []
    assert shown(operator, Grant, account__id__exact=account.pk, source__exact="purchase") == [spent]


@pytest.mark.usefixtures("calls")
def test_a_span_of_time_has_both_its_ends(operator: Client, account: Account) -> None:
    row = CreditUsageLog.objects.filter(account=account, status="settled").get()
    second = row.admitted_at.astimezone(UTC).replace(microsecond=0)

    def found(start: datetime | None, end: datetime | None) -> bool:
        params = {"account__id__exact": account.pk, "status__exact": "settled"}
        for name, moment in (("from", start), ("to", end)):
            if moment:
                params |= {
                    f"admitted_at_{name}_0": f"{moment:%Y-%m-%d}",
                    f"admitted_at_{name}_1": f"{moment:%H:%M:%S}",
                }
        return shown(operator, CreditUsageLog, **params) == [row.pk]

    one = timedelta(seconds=1)
    assert found(second, second)
    assert found(second, None)
    assert found(None, second)
    assert not found(second + one, None)
    assert not found(None, second - one)


@pytest.mark.usefixtures("calls")
def test_a_day_without_a_time_is_the_whole_day(operator: Client, account: Account) -> None:
    row = CreditUsageLog.objects.filter(account=account, status="settled").get()
    day = f"{row.admitted_at.astimezone(UTC):%Y-%m-%d}"
    params = {"account__id__exact": account.pk, "status__exact": "settled"}
    assert shown(operator, CreditUsageLog, **params, admitted_at_from_0=day, admitted_at_to_0=day) == [row.pk]


@pytest.mark.parametrize("model", GROWING, ids=lambda model: model.__name__)
def test_a_form_that_was_sent_empty_shows_everything(
    operator: Client, account: Account, model: type[Model]
) -> None:
    settle(held(account, 10), 4)
    names = ["account__id__exact", "status__exact", "state__exact", "kind__exact", "source__exact"]
    names += ["model", "operation", "user_ref", "error_code", "price_source", "left", "is_paid__exact"]
    field = "admitted_at" if model in (CreditUsageLog, Hold) else "created_at"
    names += [f"{field}_{end}_{part}" for end in ("from", "to") for part in (0, 1)]
    specs = operator.get(address(model, "changelist")).context["cl"].filter_specs
    offered = {name for spec in specs for name in spec.expected_parameters()}
    empty = {name: "" for name in names if name in offered}
    assert len(empty) > 4
    assert shown(operator, model, **empty) == shown(operator, model)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (CreditUsageLog, {"detail__icontains": "x"}),
        (CreditUsageLog, {"model__icontains": "x"}),
        (CreditUsageLog, {"cost_usd__gt": "1"}),
        (CreditUsageLog, {"admitted_at__month": "3"}),
        (Hold, {"amount__gt": "1"}),
        (LedgerEntry, {"amount": "1"}),
        (Grant, {"external_id__contains": "x"}),
        (Account, {"name__iregex": "x"}),
        (Account, {"nonsense": "x"}),
    ],
)
def test_what_no_filter_offers_is_not_asked(
    operator: Client, model: type[Model], params: dict[str, str]
) -> None:
    response = operator.get(address(model, "changelist"), params)
    assert (response.status_code, response["Location"]) == (302, f"{address(model, 'changelist')}?e=1")


@pytest.mark.parametrize(
    "params",
    [
        {"account__id__exact": "x"},
        {"account__id__exact": "9" * 30},
        {"account__id__exact": "-1"},
        {"model": "\x00"},
        {"user_ref": "a\x00b"},
        {"admitted_at__year": "abc"},
        {"admitted_at__year": "9999"},
        {"admitted_at__year": "0"},
        {"admitted_at__year": "2026", "admitted_at__month": "13"},
        {"admitted_at__year": "2026", "admitted_at__month": "2", "admitted_at__day": "30"},
        {"admitted_at_from_0": "yesterday"},
        {"admitted_at_from_0": "2026-02-30"},
        {"admitted_at_to_0": "2026-02-03", "admitted_at_to_1": "25:00"},
    ],
)
def test_what_cannot_be_read_leads_back_to_the_list(operator: Client, params: dict[str, str]) -> None:
    response = operator.get(address(CreditUsageLog, "changelist"), params)
    assert (response.status_code, response["Location"]) == (
        302,
        f"{address(CreditUsageLog, 'changelist')}?e=1",
    )


@pytest.mark.parametrize("model", GROWING, ids=lambda model: model.__name__)
def test_a_growing_list_is_in_no_order_but_its_own(
    operator: Client, account: Account, model: type[Model]
) -> None:
    for _ in range(3):
        settle(held(account, 10), 4)
    newest_first = shown(operator, model)
    assert shown(operator, model, o="1") == shown(operator, model, o="-3.2") == newest_first
    field = "admitted_at" if model in (CreditUsageLog, Hold) else "created_at"
    rows = model._default_manager.order_by(f"-{field}", "-id")[:50]
    assert newest_first == [row.pk for row in rows]


def test_a_row_that_does_not_exist_leads_home(operator: Client) -> None:
    for pk in ("0", "9" * 30, "x"):
        response = operator.get(f"/admin/credits/hold/{pk}/change/")
        assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_a_model_that_left_the_catalogue_can_still_be_asked_for(operator: Client) -> None:
    response = operator.get(address(CreditUsageLog, "changelist"), {"model": "long-gone"})
    [spec] = [spec for spec in response.context["cl"].filter_specs if spec.title == "model"]
    assert ("long-gone", "long-gone") in spec.lookup_choices
    assert ("gpt-4o", "gpt-4o") in spec.lookup_choices
