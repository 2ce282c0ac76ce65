"""The admin's front page shows the usage to whoever may see the usage log, and to nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from uuid import uuid4

import psycopg
import pytest
from django.test import Client
from django.urls import reverse

from igny8_core.business import postgres
from igny8_core.business.billing.rate_cards import compile_card
from igny8_core.business.credits.models import Account
from igny8_core.business.usage.by_day import Only
from igny8_core.business.usage.usage_log import UsageLog
from igny8_core.modules.usage import panel
from igny8_core.modules.usage.asked import Asked
from igny8_core.modules.usage.panel import Panel, read_panel
from tests.business.usage.rows import Row, log, undone
from tests.ledger_calls import end, held, settle
from tests.modules.usage.conftest import MakeClient

INDEX = reverse("admin:index")
PANEL = reverse("usage_by_day")
# Long before any test's own calls.
NOW = datetime(2020, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def model(account: Account) -> str:
    """A model of the test's own with two charged calls of 4 and 5 input tokens today, and one that failed."""
    name = f"model-{uuid4().hex[:8]}"
    card = compile_card(model=name, provider="greek", source="database", input_cost_per_1m=Decimal(10_000))
    settle(held(account, 10, card=card), 4)
    settle(held(account, 10, card=card), 5)
    end(held(account, 10, card=card), "void")
    return name


@pytest.fixture
def taken_back(account: Account) -> Iterator[None]:
    with undone():
        yield


def text_of(html: str, table: str) -> list[list[str]]:
    """The cells of each row of the table with this id."""
    found = re.search(rf'<table id="{table}".*?</table>', html, re.DOTALL)
    assert found is not None
    rows = re.findall(r"<tr.*?</tr>", found[0], re.DOTALL)
    cells = [re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in row] for row in cells]


def read(asked: Asked = Asked(), now: datetime = NOW) -> Panel:  # noqa: B008
    return read_panel(asked=asked, now=now)


def test_the_front_page_asks_for_the_panel_and_keeps_its_list_of_apps(operator: Client) -> None:
    page = operator.get(INDEX, {"days": "7", "only": "model:gpt-4o"}).content.decode()
    assert f'hx-get="{PANEL}?days=7&amp;only=model%3Agpt-4o"' in page
    assert "usage/by_day.js" in page
    assert reverse("admin:credits_creditusagelog_changelist") in page


def test_who_may_not_see_the_usage_log_gets_the_front_page_without_usage(client_of: MakeClient) -> None:
    client = client_of("view_account", is_staff=True)
    page = client.get(INDEX)
    assert page.status_code == 200
    assert "usage/" not in page.content.decode()
    assert reverse("admin:credits_account_changelist") in page.content.decode()
    assert client.get(PANEL).status_code == 403


def test_the_permission_alone_is_not_enough_without_staff(client_of: MakeClient) -> None:
    assert client_of("view_creditusagelog").get(PANEL).status_code == 403


def test_a_stranger_is_sent_to_the_login_and_back_to_the_front_page() -> None:
    response = Client().get(PANEL, {"days": "7"})
    login = f"{reverse('admin:login')}?next={INDEX}%3Fdays%3D7"
    assert (response.status_code, response.headers["Location"]) == (302, login)


def test_a_page_whose_login_has_ended_is_sent_there_as_a_whole() -> None:
    response = Client().get(PANEL, headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["HX-Redirect"].startswith(reverse("admin:login"))


def test_it_only_reads(operator: Client) -> None:
    assert operator.post(PANEL).status_code == 405


def test_it_is_never_kept_by_a_browser(operator: Client) -> None:
    assert "no-store" in operator.get(PANEL).headers["Cache-Control"]


def test_the_calls_of_today_are_in_the_tables_and_in_the_chart(operator: Client, model: str) -> None:
    html = operator.get(PANEL, {"days": "7", "only": f"model:{model}"}).content.decode()
    numbers = ["2", "0", "1", "0", "9", "0", "0", "0.0900", "9.00"]
    assert text_of(html, "usage-by-model")[1:] == [[f"{model} greek", *numbers], ["Total", *numbers]]
    days = text_of(html, "usage-by-day-table")
    assert [days[1][1:], days[2], days[-1]] == [numbers, [model, *numbers], ["Total", *numbers]]
    assert len(days) == 1 + 7 + 1 + 1

    data = re.search(r'<script id="usage-chart-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert data is not None
    chart = json.loads(data[1])
    assert [one["name"] for one in chart["series"]] == [model]
    assert chart["series"][0]["values"]["cost"] == ["0.00"] * 6 + ["0.09"]
    assert chart["series"][0]["values"]["credits"] == ["0.00"] * 6 + ["9.00"]


def test_it_can_be_read_without_seeing_the_chart(operator: Client, model: str) -> None:
    html = operator.get(PANEL, {"only": f"model:{model}", "measure": "tokens"}).content.decode()
    assert 'role="img" aria-label="Tokens by day and model.' in html
    assert html.count("<caption") == html.count("<table") == 2
    assert html.count('scope="col"') == 20
    assert 'data-measure="tokens" aria-pressed="true"' in html
    assert html.count('aria-pressed="true"') == 2  # and the model's


def test_names_from_outside_are_text(operator: Client, account: Account) -> None:
    name = f"</script><b>{uuid4().hex[:8]}"
    card = compile_card(model=name, provider="greek", source="database", input_cost_per_1m=Decimal(10_000))
    settle(held(account, 10, card=card), 1)
    html = operator.get(PANEL, {"only": f"model:{name}"}).content.decode()
    assert name not in html
    assert unescape(html).count(name) >= 3


@pytest.mark.usefixtures("taken_back")
def test_headlines_compare_with_as_many_days_before_up_to_the_same_time(account: Account) -> None:
    week = timedelta(days=7)
    used = {"usage": {"input_tokens": 1500, "output_tokens": 20}, "cost_usd": Decimal("1.5")}
    log(
        account,
        [
            Row(admitted_at=NOW, **used),  # type: ignore[arg-type]
            Row(admitted_at=NOW, status="refused"),
            Row(admitted_at=NOW - week - timedelta(seconds=1), cost_usd=Decimal(1), credits=Decimal(1)),
            Row(admitted_at=NOW - week, cost_usd=Decimal(100)),  # later that day: not compared with
        ],
    )
    sums = read(Asked(count=7)).sums
    assert sums is not None
    assert [(one.measure, one.text, one.note, one.change) for one in sums.headlines] == [
        ("calls", "1", "1 more not charged", "±0.0% on the 7 days before"),
        ("tokens", "1,520", "1,500 in, 20 out", "none in the 7 days before"),
        ("cost", "$1.5000", "what the providers charge, in USD", "+50.0% on the 7 days before"),
        ("credits", "0.00", "what the accounts were charged", "-100.0% on the 7 days before"),
    ]


@pytest.mark.usefixtures("taken_back")
def test_each_model_and_provider_of_the_days_is_offered(account: Account) -> None:
    log(account, [Row(admitted_at=NOW), Row(admitted_at=NOW, model="beta", provider=None, status="refused")])
    shown = read(Asked(count=90, only=Only(model="absent")))
    assert [(one.value, one.is_chosen) for one in shown.models] == [
        ("model:absent", True),
        ("model:alpha", False),
        ("model:beta", False),
    ]
    assert [one.value for one in shown.providers] == ["provider:greek"]
    assert [(one.value, one.is_chosen) for one in shown.periods] == [
        ("?days=7&only=model%3Aabsent", False),
        ("?only=model%3Aabsent", False),
        ("?days=90&only=model%3Aabsent", True),
    ]


@pytest.mark.usefixtures("taken_back")
def test_days_of_which_nothing_was_charged_have_tables_and_no_chart(account: Account) -> None:
    log(account, [Row(admitted_at=NOW, status="void")])
    sums = read().sums
    assert sums is not None
    assert sums.chart is None
    assert sums.by_model.total.cells[2] == "1"


def test_days_without_calls_say_so_and_draw_nothing(operator: Client, model: str) -> None:
    shown = read()
    assert (shown.sums, shown.is_empty) == (None, False)
    html = operator.get(PANEL, {"only": "model:nobody-calls-this"}).content.decode()
    assert "No calls of nobody-calls-this in these 30 days." in " ".join(html.split())
    assert "<canvas" not in html


def test_before_the_first_call_it_says_how_to_make_it(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UsageLog, "is_empty", lambda _log: True)
    monkeypatch.setattr(UsageLog, "cells", lambda _log, **_bounds: [])
    html = operator.get(PANEL).content.decode()
    assert 'id="usage-empty"' in html
    assert "run_ai_request" in html
    assert "replay_usage" in html
    assert "<canvas" not in html


def test_too_many_calls_ask_for_a_shorter_period(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "LONGEST_MS", 50)
    with psycopg.connect(**postgres.connection_options()) as other:
        other.execute("LOCK TABLE credits_usage_log IN ACCESS EXCLUSIVE MODE")
        response = operator.get(PANEL, {"days": "90"})
        other.rollback()
    html = response.content.decode()
    assert response.status_code == 200
    assert 'id="usage-too-slow"' in html
    assert "?days=7" in html
    assert "<canvas" not in html


@pytest.mark.usefixtures("taken_back")
def test_a_comparison_that_takes_too_long_is_left_out(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(_log: UsageLog, **_asked: object) -> None:
        raise panel.UsageTooSlow("too slow")

    monkeypatch.setattr(UsageLog, "total", too_slow)
    log(account, [Row(admitted_at=NOW)])
    sums = read().sums
    assert sums is not None
    assert [one.change for one in sums.headlines] == [""] * 4


def test_it_takes_the_same_few_queries_however_many_calls(
    operator: Client, model: str, django_assert_num_queries: Callable[..., object]
) -> None:
    # Session, user, permissions of the user and of groups; then twice: savepoint, settings, sums, savepoint back.
    with django_assert_num_queries(4 + 2 * 4):  # type: ignore[attr-defined]
        operator.get(PANEL)


def test_one_image_is_one(account: Account, taken_back: None) -> None:
    for number, text in ((1, "0 in, 0 out, 1 image"), (2, "0 in, 0 out, 3 images")):
        log(account, [Row(admitted_at=NOW, model="drawn", usage={"images": number})])
        sums = read_panel(asked=Asked(only=Only(model="drawn")), now=NOW).sums
        assert sums is not None
        assert sums.headlines[1].note == text
