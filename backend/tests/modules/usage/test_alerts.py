"""The front page warns of calls whose price is not sure: how many, of which models and units, and where they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import Account
from igny8_core.modules.usage.alerts import Alert, read_alerts
from tests.business.usage.rows import Row, log, undone
from tests.modules.usage.conftest import MakeClient

# Long after any test's own calls.
NOW = datetime(2027, 3, 8, 12, tzinfo=UTC)
WEEK_AGO = NOW - timedelta(days=7)
LIST = "/admin/credits/creditusagelog/"
SINCE = "admitted_at_from_0=2027-03-01&admitted_at_from_1=12%3A00%3A00"


@pytest.fixture
def rows(account: Account) -> Iterator[None]:
    with undone():
        log(
            account,
            [
                Row(admitted_at=NOW, usage={"output_tokens": 5}, confidence="estimated"),
                Row(admitted_at=WEEK_AGO, model="beta", status="unknown", usage={"audio_input_tokens": 3}, confidence="unpriced"),
                Row(admitted_at=WEEK_AGO - timedelta(seconds=1), model="old", status="unknown", confidence="unpriced"),
            ],
        )  # fmt: skip
        yield


@pytest.mark.usefixtures("rows")
def test_both_kinds_are_counted_and_lead_to_their_rows() -> None:
    unpriced, estimated = read_alerts(now=NOW)
    assert unpriced.text == (
        "1 call in the last 7 days had no price and was not charged: its credits stay set aside until somebody ends the"
        " hold (docs: Prices, “When a call had no price”)."
    )
    assert unpriced.url == f"{LIST}?confidence__exact=unpriced&{SINCE}"
    assert unpriced.models == (
        Alert("1 call of beta", f"{LIST}?confidence__exact=unpriced&{SINCE}&model=beta"),
    )
    assert estimated.text == "1 call in the last 7 days was charged at a rate that is stated as an estimate."
    assert estimated.models == (
        Alert("1 call of alpha", f"{LIST}?confidence__exact=estimated&{SINCE}&model=alpha"),
    )


@pytest.mark.usefixtures("rows")
def test_the_links_show_these_rows(client_of: MakeClient) -> None:
    client = client_of("view_creditusagelog", is_staff=True)
    for alerts, model in zip(read_alerts(now=NOW), ("beta", "alpha"), strict=True):
        for url in (alerts.url, alerts.models[0].url):
            answer = client.get(url)
            assert answer.status_code == 200
            assert [row.model for row in answer.context["cl"].result_list] == [model]


def test_the_circumstances_and_the_models_page_are_there(account: Account, client_of: MakeClient) -> None:
    model = AIModelConfig.objects.get(model_name="gpt-4o")
    usage = {"web_searches": 1, "service_tier": "flex"}
    detail = {"message": "gpt-4o has no rate for 1 web_searches with service_tier 'flex'"}
    row = Row(
        admitted_at=NOW, model="gpt-4o", status="unknown", usage=usage, confidence="unpriced", detail=detail
    )
    with undone():
        log(account, [row, row])
        [alerts] = read_alerts(now=NOW)
        [unseen] = read_alerts(now=NOW, with_models=False)
    assert alerts.text == (
        "2 calls in the last 7 days had no price and were not charged: their credits stay set aside until somebody ends"
        " the holds (docs: Prices, “When a call had no price”)."
    )
    [alert] = alerts.models
    assert alert.text == "2 calls of gpt-4o: web searches (flex tier)"
    assert alert.model_url == f"/admin/billing/aimodelconfig/{model.pk}/change/"
    assert unseen.models[0].model_url == ""
    page = render_to_string("usage/alerts.html", {"found": [alerts]})
    assert f'<a href="{alert.model_url}" class="underline">The model\'s prices</a>' in page


def test_where_every_price_is_exact_there_is_nothing() -> None:
    assert read_alerts(now=NOW + timedelta(days=90)) == []


def test_the_front_page_asks_for_them(operator: Client) -> None:
    assert f'hx-get="{reverse("usage_alerts")}"' in operator.get(reverse("admin:index")).content.decode()
    assert operator.get(reverse("usage_alerts")).status_code == 200


def test_nobody_else_may_ask(client_of: MakeClient) -> None:
    url = reverse("usage_alerts")
    assert client_of(is_staff=True).get(url).status_code == 403
    assert client_of("view_creditusagelog").get(url).status_code == 403
    assert Client().get(url).status_code == 302
    assert "HX-Redirect" in Client().get(url, headers={"HX-Request": "true"})
