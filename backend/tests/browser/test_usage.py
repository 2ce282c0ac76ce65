"""The front page of the admin shows what was spent: a chart and its tables, of the same figures."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from igny8_core.ai.ai_core import AICore
from igny8_core.business.credits.models import Account
from tests.browser.conftest import OpenWindow
from tests.callable_model import CallableModel


def test_a_days_calls_stand_in_chart_and_table(
    open_window: OpenWindow, account: Account, text_model: CallableModel
) -> None:
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    for _ in range(3):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=500)

    window = open_window()
    window.open(f"/admin/?days=7&only=model:{text_model.name}")
    window.page.wait_for_selector("#usage-chart")

    # 3 x (1,000 x $1/1M + 500 x $10/1M) = $0.018 = 1.8 credits
    headlines = {
        name: window.page.locator(f"[data-headline={name}]").inner_text().split("\n")
        for name in ("calls", "tokens", "cost", "credits")
    }
    assert "3" in headlines["calls"]
    assert "4,500" in headlines["tokens"]
    assert "$0.0180" in headlines["cost"]
    assert "1.80" in headlines["credits"]
    row = window.page.locator(f"#usage-by-model tr[data-model='{text_model.name}']").inner_text().split()
    assert {"3", "3,000", "1,500"} <= set(row)
    drawn = window.page.evaluate(
        "Chart.getChart('usage-chart').data.datasets.map(series => [series.label, series.data.at(-1)])"
    )
    assert [(name, Decimal(str(cost))) for name, cost in drawn] == [(text_model.name, Decimal("0.018"))]
    labels = window.page.evaluate("Chart.getChart('usage-chart').data.labels")
    assert len(labels) == 7
    assert str(labels[-1]).endswith(f"{datetime.now(UTC):%m-%d}")


def test_the_measure_changes_without_a_new_page(
    open_window: OpenWindow, account: Account, text_model: CallableModel
) -> None:
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=500)
    window = open_window()
    window.open(f"/admin/?days=7&only=model:{text_model.name}")
    window.page.wait_for_selector("#usage-chart")
    window.page.click("[data-measure=tokens]")
    last = window.page.evaluate("Chart.getChart('usage-chart').data.datasets[0].data.at(-1)")
    assert Decimal(str(last)) == 1500
