"""The price history of a model: every change with who made it, scheduled prices, and a line of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.billing_admin.conftest import MakeUser, logged_in
from tests.modules.billing_admin.pages import messages_of, saved, text_of, url
from tests.modules.billing_admin.rates import add, make_rate


def page_of(client: Client, model: AIModelConfig, **query: str) -> Any:
    response = client.get(url(model, "price_history"), query)
    assert response.status_code == 200
    return response


def rows_of(response: Any) -> list[tuple[tuple[str, ...], str, str]]:
    """(what changed, what standard calls cost, who), the latest first."""
    return [(row.changes, row.charged, row.who) for row in response.context["history"].rows]


def test_each_edit_is_a_row_with_who_made_it(operator: Client, alice: User, model: AIModelConfig) -> None:
    assert saved(operator, model, input_cost_per_1m="0.20").status_code == 302
    cached = {"unit": "cached_input_tokens", "amount": "0.075", "source_url": "https://example.com/"}
    assert add(operator, model, cached).status_code == 302
    AIModelConfig.objects.filter(pk=model.pk).update(output_cost_per_1m=Decimal("0.7"))
    assert add(operator, model, **{"rates-0-DELETE": "on"}).status_code == 302
    rate = "$0.075 per 1M cached input tokens"
    assert rows_of(page_of(operator, model)) == [
        ((f"removed: {rate}",), "input $0.20, output $0.70 per 1M", f"{alice.username}: deleted"),
        (("output price: $0.60 → $0.70",), "input $0.20, output $0.70 per 1M", "not recorded"),
        ((f"added: {rate}",), "input $0.20, output $0.60 per 1M", alice.username),
        (("input price: $0.15 → $0.20",), "input $0.20, output $0.60 per 1M", alice.username),
        (("input price: $0.15", "output price: $0.60"), "input $0.15, output $0.60 per 1M", "nobody named"),
    ]


def test_what_is_scheduled_is_a_row_of_its_own(operator: Client, model: AIModelConfig) -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    make_rate(model, "input_tokens", "0.3", valid_from=start)
    first = page_of(operator, model).context["history"].rows[0]
    assert (first.when, first.changes, first.charged, first.who, first.is_to_come) == (
        "2030-01-01 00:00:00",
        ("begins: $0.30 per 1M input tokens",),
        "input $0.30, output $0.60 per 1M",
        "the clock",
        True,
    )


def test_what_ends_by_itself_is_named(operator: Client, model: AIModelConfig) -> None:
    end = datetime(2030, 1, 1, tzinfo=UTC)
    make_rate(model, "input_tokens", "0.3", valid_to=end)
    make_rate(model, "input_tokens", "0.4", valid_from=end)
    first = page_of(operator, model).context["history"].rows[0]
    assert sorted(first.changes) == ["begins: $0.40 per 1M input tokens", "ends: $0.30 per 1M input tokens"]


def test_the_chart_goes_from_the_first_price_to_what_is_to_come(
    operator: Client, model: AIModelConfig
) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal("0.0000002"))
    make_rate(model, "input_tokens", "0.3", valid_from=timezone.now() + timedelta(days=9))
    chart = page_of(operator, model).context["history"].chart
    assert [(line["name"], line["values"]) for line in chart["series"]] == [
        ("Input, USD per 1M tokens", ["0.15", "0.0000002", "0.0000002", "0.30"]),
        ("Output, USD per 1M tokens", ["0.60", "0.60", "0.60", "0.60"]),
    ]
    assert chart["times"] == sorted(chart["times"])
    assert chart["now"] == chart["times"][2]


def test_an_image_model_has_one_line(operator: Client, image_model: AIModelConfig) -> None:
    response = page_of(operator, image_model)
    [line] = response.context["history"].chart["series"]
    assert (line["name"], line["values"]) == ("USD per image", ["0.04", "0.04"])
    assert rows_of(response) == [(("image price: $0.04",), "$0.04 per image", "nobody named")]


def test_a_model_that_had_another_name_leads_to_it(operator: Client, model: AIModelConfig) -> None:
    old = model.model_name
    assert saved(operator, model, model_name=f"{old}-2").status_code == 302
    model.refresh_from_db()
    assert f"As {old}" in text_of(page_of(operator, model))
    earlier = page_of(operator, model, name=old)
    assert rows_of(earlier)[0][0] == ("The model was deleted.",)
    assert page_of(operator, model, name="gpt-4o").context["name"] == f"{old}-2"


def test_the_page_is_linked_from_the_models_page_and_says_that_rates_are_not_reverted(
    viewer: Client, model: AIModelConfig
) -> None:
    assert f'href="{url(model, "price_history")}"' in viewer.get(url(model, "change")).content.decode()
    text = text_of(page_of(viewer, model))
    assert "rates are not part of them" in text
    version = viewer.get(url(model, "simple_history", model.history.get().pk))
    assert re.search(r"Rates and aliases are not part of a version", text_of(version))


def test_a_model_that_is_not_there_has_no_history(operator: Client, model: AIModelConfig) -> None:
    for key in ("999999999", "abc", "9" * 40):
        assert operator.get(url(model, "price_history").replace(str(model.pk), key)).status_code == 302
    deleted = url(model, "price_history")
    operator.post(url(model, "delete"), {"post": "yes"})
    operator.cookies.pop("messages", None)
    answer = operator.get(deleted)
    assert answer.status_code == 302
    assert "is deleted" in messages_of(answer)[0]


def test_nobody_else_sees_it(make_user: MakeUser, model: AIModelConfig) -> None:
    stranger = logged_in(make_user("eve", "view_aiprovider"))
    assert stranger.get(url(model, "price_history")).status_code == 403
    assert Client().get(url(model, "price_history")).status_code == 302
