"""An operator adds a rate with the mouse: it is charged, in the preview, in the price history and in the comparison."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from igny8_core.ai.ai_core import AICore
from igny8_core.business.billing.models import ModelRate
from igny8_core.business.credits.models import Account
from tests.browser.conftest import OpenWindow, Window
from tests.browser.test_every_page import LOOKS, WIDER_THAN_WINDOW
from tests.callable_model import CallableModel
from tests.served import Served

MODELS = "/admin/billing/aimodelconfig/"


def add_rate(window: Window, model: CallableModel, **typed: str) -> None:
    """Opens the model's page, adds a rate, types, saves."""
    window.open(f"{MODELS}{model.config.pk}/change/")
    number = window.page.locator("[name=rates-TOTAL_FORMS]").input_value()
    window.page.get_by_text("Add another rate", exact=False).first.click()
    for name, text in typed.items():
        box = window.page.locator(f"[name=rates-{number}-{name}]")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)
    save(window)


def save(window: Window) -> None:
    window.page.get_by_role("button", name="Save", exact=True).click()
    window.page.wait_for_load_state("networkidle")


def test_a_rate_that_is_added_is_charged_and_shown_everywhere(
    open_window: OpenWindow, operator: User, served: Served, account: Account, text_model: CallableModel
) -> None:
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    assert served.call(account, text_model)["cost"] == "0.006"
    window = open_window()
    add_rate(window, text_model, unit="input_tokens", amount="3")

    # 1,000 x $3/1M + 500 x $10/1M
    assert served.call(account, text_model)["cost"] == "0.008"
    window.open(f"{MODELS}{text_model.config.pk}/change/")
    assert window.page.locator("#price-preview-now").inner_text() == "$0.008"
    assert "Not charged now: a rate below takes its place" in window.page.inner_text("body")

    window.page.get_by_role("link", name="Price history").click()
    window.page.wait_for_load_state("networkidle")
    newest = window.page.locator("#price-history-table tbody tr").first.inner_text()
    assert "added: $3.00 per 1M input tokens" in newest
    assert "input $3.00, output $10.00 per 1M" in newest
    assert operator.username in newest
    drawn = window.page.evaluate(
        "Chart.getChart('price-history-chart').data.datasets.map(line => [line.label, line.data.map(point => point.y)])"
    )
    assert drawn == [["Input, USD per 1M tokens", [1, 3, 3]], ["Output, USD per 1M tokens", [10, 10, 10]]]


def test_a_scheduled_rate_is_drawn_as_to_come(open_window: OpenWindow, text_model: CallableModel) -> None:
    window = open_window()
    day = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"
    add_rate(window, text_model, unit="output_tokens", amount="8", valid_from_0=day, valid_from_1="00:00:00")
    window.open(f"{MODELS}{text_model.config.pk}/prices/")
    first = window.page.locator("#price-history-table tbody tr").first.inner_text()
    assert (day in first, "to come" in first, "output $8.00" in first) == (True, True, True)
    assert window.page.evaluate("Chart.getChart('price-history-chart').data.datasets[1].data.at(-1).y") == 8


def test_a_rate_that_cannot_be_says_why_where_it_is_seen(
    open_window: OpenWindow, text_model: CallableModel
) -> None:
    ModelRate.objects.create(model=text_model.config, unit="cached_input_tokens", amount=Decimal("0.5"))
    window = open_window()
    window.open(f"{MODELS}{text_model.config.pk}/change/")
    window.page.get_by_text("$0.50 per 1M cached input tokens").click()
    window.page.locator("[name=rates-0-amount]").fill("-1")
    save(window)
    sentence = "An amount must be a number from 0 to below one million dollars."
    assert window.page.get_by_text(sentence).is_visible()
    add_rate(window, text_model, unit="output_tokens", amount="1", image_size="1024x1024")
    assert window.page.get_by_text("Only images have a size or a quality.").is_visible()
    add_rate(window, text_model, amount="3")
    assert window.page.get_by_text("Choose what is counted.", exact=True).is_visible()
    days = {"valid_from_0": "2031-01-01", "valid_to_0": "2030-01-01"}
    times = {"valid_from_1": "00:00:00", "valid_to_1": "00:00:00"}
    add_rate(window, text_model, unit="output_tokens", amount="3", **days, **times)
    assert window.page.get_by_text("A rate must begin before it ends.").is_visible()
    assert ModelRate.objects.get(model=text_model.config).amount == Decimal("0.5")


def test_the_times_of_one_day_are_told_apart(open_window: OpenWindow, text_model: CallableModel) -> None:
    window = open_window()
    add_rate(window, text_model, unit="output_tokens", amount="8")
    assert "takes the place of the output price, $10.00 per 1M." in window.page.inner_text("body")
    window.open(f"{MODELS}{text_model.config.pk}/prices/")
    labels = window.page.evaluate(
        "Chart.getChart('price-history-chart').scales.x.ticks.map(tick => tick.label)"
    )
    assert len(set(labels)) > 1
    assert all(len(label) == len("00:00:00") for label in labels)


def test_a_suspect_rate_is_saved_only_when_it_is_confirmed(
    open_window: OpenWindow, text_model: CallableModel
) -> None:
    window = open_window()
    add_rate(window, text_model, unit="input_tokens", amount="0.000001", service_tier="flex")
    asked = window.page.locator("#rate-confirmation").inner_text()
    assert "input tokens (flex tier): $0.000001 per 1M, it looks like a price per token" in asked
    assert not ModelRate.objects.filter(model=text_model.config).exists()
    # What was typed is still there to be seen.
    assert window.page.locator("[name=rates-0-amount]").is_visible()
    window.page.get_by_label("Yes, these rates are right").check()
    save(window)
    assert ModelRate.objects.get(model=text_model.config).amount == Decimal("0.000001")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_an_open_rate_fits_its_window(
    open_window: OpenWindow, text_model: CallableModel, width: int, scheme: str
) -> None:
    ModelRate.objects.create(model=text_model.config, unit="cached_input_tokens", amount=Decimal("0.5"))
    window = open_window(width=width, scheme=scheme)
    window.open(f"{MODELS}{text_model.config.pk}/change/")
    window.page.get_by_text("$0.50 per 1M cached input tokens").click()
    window.page.get_by_text("Add another rate", exact=False).first.click()
    for number in (0, 1):
        box = window.page.locator(f"[name=rates-{number}-valid_from_1]")
        box.scroll_into_view_if_needed()
        place = box.bounding_box()
        assert place is not None
        assert place["x"] + place["width"] <= width
    assert window.page.evaluate(WIDER_THAN_WINDOW) <= 0


def test_models_are_compared_by_an_address_that_keeps_the_question(
    open_window: OpenWindow, text_model: CallableModel
) -> None:
    window = open_window()
    window.open(MODELS)
    window.page.get_by_role("link", name="Compare models").click()
    window.page.get_by_label("Model 1").fill(text_model.name)
    window.page.get_by_label("Model 2").fill("gpt-4o-mini")
    window.page.get_by_label("Calls a month").fill("1,000")
    window.page.get_by_role("button", name="Compare").click()
    window.page.wait_for_load_state("networkidle")
    month = window.page.get_by_role("row", name="Cost a month").inner_text()
    # 1,000 x (1,000 x $1/1M + 500 x $10/1M), and 1,000 x (1,000 x $0.15/1M + 500 x $0.60/1M)
    assert ("$6.00" in month, "$0.45" in month) == (True, True)
    again = open_window()
    again.open(window.page.url.removeprefix(window.url))
    assert again.page.get_by_role("row", name="Cost a month").inner_text() == month


def test_the_front_page_warns_of_a_charge_at_an_estimate(
    open_window: OpenWindow, account: Account, text_model: CallableModel
) -> None:
    ModelRate.objects.create(
        model=text_model.config, unit="output_tokens", amount=Decimal(10), is_estimate=True
    )
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=500)
    window = open_window()
    window.open("/admin/")
    window.page.get_by_role("link", name=f"1 call of {text_model.name}: output tokens").click()
    window.page.wait_for_load_state("networkidle")
    listed = window.page.locator("#result_list tbody tr")
    assert listed.count() == 1
    assert "ESTIMATED" in listed.inner_text().upper()
