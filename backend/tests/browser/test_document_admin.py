"""The document's example for an operator, Usage Examples → Django Admin, step by step in a browser."""

from __future__ import annotations

from decimal import Decimal

from tests.browser.conftest import OpenWindow, Window
from tests.callable_model import CallableModel


def listed(window: Window) -> list[str]:
    return [cell.strip() for cell in window.page.locator("#result_list .field-model_name").all_inner_texts()]


def go_to_the_models(window: Window) -> None:
    window.open("/admin/")
    window.page.get_by_role("link", name="AI model configurations").first.click()
    window.page.wait_for_load_state("networkidle")


def test_1_navigate_to_admin_billing_ai_model_configurations(open_window: OpenWindow) -> None:
    """Navigate to: Admin → Billing → AI Model Configurations."""
    window = open_window()
    go_to_the_models(window)
    assert window.page.url.endswith("/admin/billing/aimodelconfig/")
    assert "gpt-4o-mini" in listed(window)


def test_2_click_on_any_model_to_edit_pricing(open_window: OpenWindow, text_model: CallableModel) -> None:
    """Click on any model to edit pricing."""
    window = open_window()
    go_to_the_models(window)
    window.page.get_by_role("link", name=text_model.name, exact=True).click()
    window.page.get_by_label("Input price").fill("1.25")
    window.page.get_by_role("button", name="Save", exact=True).click()
    window.page.wait_for_load_state("networkidle")
    text_model.config.refresh_from_db()
    assert text_model.config.input_cost_per_1m == Decimal("1.25")


def test_3_use_filters_to_view_specific_model_types(open_window: OpenWindow) -> None:
    """Use filters to view specific model types."""
    window = open_window()
    go_to_the_models(window)
    window.page.get_by_text("Filters").first.click()
    window.page.locator("a[href*='model_type__exact=image']").first.click()
    window.page.wait_for_load_state("networkidle")
    assert listed(window) == ["dall-e-3", "dall-e-2", "gpt-image-1", "gpt-image-1-mini"]


def test_4_use_bulk_actions_to_activate_and_deactivate(
    open_window: OpenWindow, text_model: CallableModel
) -> None:
    """Use bulk actions to activate/deactivate."""
    window = open_window()
    for action, is_active in (("Deactivate", False), ("Activate", True)):
        go_to_the_models(window)
        window.page.get_by_role("row").filter(has_text=text_model.name).get_by_role("checkbox").check()
        window.page.locator("select[name=action]").select_option(label=action)
        window.page.locator("button[name=index]").click()
        window.page.wait_for_load_state("networkidle")
        text_model.config.refresh_from_db()
        assert text_model.config.is_active is is_active
