"""What no index serves is looked for among the newest rows; the page says how far back that was, and goes on."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client

from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from igny8_core.modules.admin_list.bounded_admin import BoundedAdmin
from igny8_core.modules.admin_list.change_list import BoundedChangeList
from igny8_core.modules.admin_list.paginator import BoundedPaginator
from tests.ledger_calls import held, settle
from tests.modules.credits_admin.rows import address, shown


@pytest.fixture
def _looks_through_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedChangeList, "looked_through", 10)


def log(account: Account, *, days_ago: int, model: str) -> int:
    """A usage row of that day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO credits_usage_log (account_id, admitted_at, logged_at, request_id, attempt, status, operation,"
            " model, usage, cost_usd, credits, held) SELECT %s, at, at, gen_random_uuid(), 0, 'refused', 'text', %s,"
            " '{}', 0, 0, 0 FROM (SELECT clock_timestamp() - make_interval(days => %s) AS at) moment RETURNING id",
            [account.pk, model, days_ago],
        )
        return int(cursor.fetchone()[0])  # type: ignore[index]


@pytest.mark.usefixtures("_looks_through_ten")
def test_it_looks_further_back_step_by_step_and_misses_nothing(operator: Client, account: Account) -> None:
    rows = [log(account, days_ago=days, model="usual" if days % 7 else "rare") for days in range(1, 36)]
    rare = [pk for days, pk in enumerate(rows, start=1) if days % 7 == 0]
    found: list[int] = []
    steps = 0
    params = {"model": "rare", "account__id__exact": str(account.pk)}
    while True:
        response = operator.get(address(CreditUsageLog, "changelist"), params)
        page = response.context["cl"]
        found += [row.pk for row in page.result_list]
        steps += 1
        if page.further_back_url is None:
            break
        assert 'id="looked-through"' in response.content.decode()
        assert "Looked through the newest 10 rows, back to " in " ".join(response.content.decode().split())
        params = dict(parse_qsl(page.further_back_url[1:]))
        assert params["model"] == "rare"
    assert found == rare
    assert steps == 4


@pytest.mark.usefixtures("_looks_through_ten")
def test_what_an_index_serves_is_found_however_old_it_is(operator: Client, account: Account) -> None:
    oldest = log(account, days_ago=90, model="rare")
    for days in range(1, 15):
        log(account, days_ago=days, model="usual")
    for params in ({"status__exact": "refused"}, {"q": account.slug}, {}):
        response = operator.get(
            address(CreditUsageLog, "changelist"), {"account__id__exact": account.pk, **params}
        )
        page = response.context["cl"]
        assert oldest in [row.pk for row in page.result_list]
        assert page.further_back_url is None


@pytest.mark.usefixtures("_looks_through_ten")
def test_a_page_that_can_be_filled_says_nothing_of_how_it_looked(
    operator: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedPaginator, "most_counted", 5)
    for days in range(1, 15):
        log(account, days_ago=days, model="usual")
    response = operator.get(
        address(CreditUsageLog, "changelist"), {"account__id__exact": account.pk, "model": "usual"}
    )
    assert response.context["cl"].further_back_url is None
    assert response.context["cl"].paginator.has_more


@pytest.mark.usefixtures("_looks_through_ten")
def test_the_holds_of_a_small_account_are_all_looked_through(operator: Client, account: Account) -> None:
    ours = held(account, 1, user_ref="ada")
    others = [held(account, 1) for _ in range(9)]
    assert len(others) == 9
    params = {"account__id__exact": account.pk, "user_ref": "ada"}
    response = operator.get(address(Hold, "changelist"), params)
    page = response.context["cl"]
    assert [row.request_id for row in page.result_list] == [ours.request_id]
    assert page.further_back_url is None
    held(account, 1)
    assert shown(operator, Hold, **params) == []
    assert operator.get(address(Hold, "changelist"), params).context["cl"].further_back_url is not None


def test_holds_of_an_account_that_went_quiet_are_found(operator: Client, account: Account) -> None:
    request = held(account, 10)
    settle(request, 4)
    [found] = shown(operator, Hold, account__id__exact=account.pk)
    assert Hold.objects.get(pk=found).request_id == request.request_id


def test_a_list_is_counted_no_further_than_it_needs_be(
    operator: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedPaginator, "most_counted", 4)
    monkeypatch.setattr(BoundedAdmin, "list_per_page", 2)
    monkeypatch.setattr(BoundedAdmin, "list_max_show_all", 2)
    for _ in range(4):
        settle(held(account, 10), 4)
    params = {"account__id__exact": account.pk}
    described = operator.get(address(Hold, "changelist"), params).context["cl"].paginator.described
    assert described == "4"
    settle(held(account, 10), 4)
    response = operator.get(address(Hold, "changelist"), params)
    assert response.context["cl"].paginator.described == "More than 4"
    text = " ".join(response.content.decode().split())
    assert "More than 4 holds" in text
    assert "Show all" not in text
    first = shown(operator, Hold, **params)
    last = shown(operator, Hold, **params, p=2)
    assert len(first) == len(last) == 2
    beyond = operator.get(address(Hold, "changelist"), {**params, "p": 3})
    assert (beyond.status_code, beyond["Location"]) == (302, f"{address(Hold, 'changelist')}?e=1")


def test_an_empty_list_and_a_single_row_are_worded(operator: Client, account: Account) -> None:
    for count, words in ((0, "0 holds"), (1, "1 hold ")):
        if count:
            held(account, 1)
        text = operator.get(address(Hold, "changelist"), {"account__id__exact": account.pk}).content.decode()
        assert words in " ".join(text.split())
