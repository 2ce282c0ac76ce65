"""An operator changes prices in the admin, by mouse and keyboard; the next call of the running server is charged so."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import Account
from tests.browser.conftest import PASSWORD, OpenWindow, Window
from tests.callable_model import CallableModel
from tests.served import Served

MODELS = "/admin/billing/aimodelconfig/"


def change_page(model: CallableModel) -> str:
    return f"{MODELS}{model.config.pk}/change/"


def save(window: Window) -> None:
    window.page.get_by_role("button", name="Save", exact=True).click()
    window.page.wait_for_load_state("networkidle")


def choose_action(window: Window, model_name: str, action: str) -> None:
    """Selects the model in the list and runs the action on it."""
    window.page.get_by_role("row").filter(has_text=model_name).get_by_role("checkbox").check()
    window.page.locator("select[name=action]").select_option(label=action)
    window.page.locator("button[name=index]").click()
    window.page.wait_for_load_state("networkidle")


def test_log_in_edit_a_price_and_the_next_call_is_charged_at_it(
    open_window: OpenWindow, operator: User, served: Served, account: Account, text_model: CallableModel
) -> None:
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    assert served.call(account, text_model)["cost"] == "0.006"

    window = open_window(user=None)
    window.open(change_page(text_model))
    window.page.fill("input[name=username]", operator.username)
    window.page.fill("input[name=password]", PASSWORD)
    window.page.press("input[name=password]", "Enter")
    window.page.wait_for_load_state("networkidle")
    window.page.get_by_label("Output price").fill("20")
    save(window)

    said = served.call(account, text_model)
    # 1,000 x $1/1M + 500 x $20/1M
    assert (said["cost"], said["source"]) == ("0.011", "database")
    newest = text_model.config.history.first()
    assert (newest.history_user, newest.output_cost_per_1m) == (operator, Decimal(20))


def test_the_preview_shows_what_a_call_costs_and_would_cost(
    open_window: OpenWindow, text_model: CallableModel
) -> None:
    window = open_window()
    window.open(change_page(text_model))
    assert window.page.locator("#price-preview-now").inner_text() == "$0.006"
    window.page.get_by_label("Input price").fill("3.5")
    window.page.wait_for_function(
        "document.querySelector('#price-preview-typed').textContent.trim() === '$0.0085'"
    )
    assert window.page.locator("#price-preview-now").inner_text() == "$0.006"
    text_model.config.refresh_from_db()
    assert text_model.config.input_cost_per_1m == 1


def test_a_tenfold_price_is_saved_only_when_it_is_confirmed(
    open_window: OpenWindow, served: Served, account: Account, text_model: CallableModel
) -> None:
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    window = open_window()
    window.open(change_page(text_model))
    window.page.get_by_label("Input price").fill("10")
    save(window)

    asked = window.page.locator("#price-confirmation").inner_text()
    assert "input price: $1.00 -> $10.00 per 1M, 10 times as much" in asked
    assert served.call(account, text_model)["cost"] == "0.006"

    window.page.get_by_label("Yes, these prices are right").check()
    save(window)
    assert served.call(account, text_model)["cost"] == "0.015"


def test_a_revert_brings_the_old_price_back(
    open_window: OpenWindow,
    served: Served,
    operator: User,
    account: Account,
    text_model: CallableModel,
) -> None:
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    text_model.config.input_cost_per_1m = Decimal(5)
    text_model.config.save()
    assert served.call(account, text_model)["cost"] == "0.01"

    window = open_window()
    window.open(f"{MODELS}{text_model.config.pk}/history/")
    window.page.locator("#change-history").get_by_role("link").last.click()
    window.page.wait_for_load_state("networkidle")
    window.page.get_by_role("button", name="Revert").click()
    window.page.wait_for_load_state("networkidle")

    assert served.call(account, text_model)["cost"] == "0.006"
    newest = text_model.config.history.first()
    assert (newest.history_user, newest.input_cost_per_1m) == (operator, Decimal(1))


def test_each_action(open_window: OpenWindow, operator: User, text_model: CallableModel) -> None:
    config = text_model.config
    window = open_window()
    window.open(MODELS)
    choose_action(window, config.model_name, "Deactivate")
    config.refresh_from_db()
    assert (config.is_active, config.updated_by) == (False, operator)
    choose_action(window, config.model_name, "Set as default")
    assert "only an active model can be the default" in window.page.inner_text("body")
    choose_action(window, config.model_name, "Activate")
    try:
        choose_action(window, config.model_name, "Set as default")
        defaults = AIModelConfig.objects.filter(model_type="text", is_default=True)
        assert [model.model_name for model in defaults] == [config.model_name]
        choose_action(window, config.model_name, "Deactivate")
        config.refresh_from_db()
        assert config.is_active
        assert "default text model" in window.page.inner_text("body")
    finally:
        window.open(MODELS)
        choose_action(window, "gpt-4o-mini", "Set as default")
    done = [row.history_change_reason for row in config.history.all()]
    assert done == ["no longer the default", "set as default", "activated", "deactivated", None]
    acts = LogEntry.objects.filter(user=operator, object_id=str(config.pk)).order_by("pk")
    assert [act.get_change_message() for act in acts] == [
        *("Deactivated", "Activated", "Set as default", "No longer the default")
    ]


def test_the_pricing_table_is_exported(open_window: OpenWindow) -> None:
    window = open_window()
    window.open(f"{MODELS}export/")
    window.page.locator("select[name=format]").select_option(label="csv")
    with window.page.expect_download() as download:
        window.page.get_by_role("button", name="Submit").click()
    table = download.value.path().read_text()
    assert len(table.splitlines()) == 1 + AIModelConfig.objects.count()
    assert "gpt-4o-mini" in table
