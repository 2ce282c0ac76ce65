"""Phase 3: Django Admin Interface. What a person sees of it in a browser is tested in tests/browser."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib import admin
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.billing.admin import AIModelConfigAdmin
from tests.callable_model import CallableModel
from tests.modules.billing_admin.pages import opened

URL = "/admin/billing/aimodelconfig/"


def page(operator: Client, query: str = "") -> str:
    response = operator.get(URL + query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def listed(operator: Client, query: str) -> list[str]:
    return [model.model_name for model in operator.get(URL + query).context["cl"].result_list]


def test_file_modules_billing_admin() -> None:
    """File: `backend/igny8_core/modules/billing/admin.py` (here a package of that name, with the same import)."""
    assert isinstance(admin.site._registry[AIModelConfig], AIModelConfigAdmin)


def test_list_display_with_colored_badges_model_type_provider(operator: Client) -> None:
    """List display with colored badges (model type, provider)."""
    html = page(operator)
    for words in ("Text", "Image", "OpenAI"):
        badge = html[: html.index(f"> {words} <") if f"> {words} <" in html else html.index(f">{words}<")]
        assert "bg-" in badge[badge.rindex("<") :]


def test_formatted_pricing_display_based_on_type(operator: Client) -> None:
    """Formatted pricing display based on type."""
    html = page(operator)
    for price in ("$0.1500", "$0.6000", "$0.0400"):
        assert price in html


def test_active_inactive_and_default_status_icons(operator: Client) -> None:
    """Active/inactive and default status icons."""
    html = page(operator)
    assert html.count('title="Active"') == 7
    assert html.count('title="Inactive"') == 2
    assert html.count('title="Default"') == 2


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?model_type__exact=image", ["dall-e-3", "dall-e-2", "gpt-image-1", "gpt-image-1-mini"]),
        ("?provider__slug__exact=anthropic", []),
        ("?is_active__exact=0", ["gpt-image-1", "gpt-image-1-mini"]),
        ("?supports_vision__exact=1", ["gpt-4o"]),
        ("?supports_json_mode__exact=0&is_active__exact=1", ["dall-e-3", "dall-e-2"]),
        ("?supports_function_calling__exact=1&model_type__exact=image", []),
    ],
)
def test_filters_model_type_provider_is_active_capabilities(
    operator: Client, query: str, names: list[str]
) -> None:
    """Filters: model_type, provider, is_active, capabilities."""
    assert listed(operator, query) == names


@pytest.mark.parametrize(
    ("words", "names"),
    [("gpt-5.1", ["gpt-5.1"]), ("Fast & Affordable", ["gpt-4o-mini"]), ("no such words", [])],
)
def test_search_model_name_display_name(operator: Client, words: str, names: list[str]) -> None:
    """Search: model_name, display_name, …"""
    response = operator.get(URL, {"q": words})
    assert [model.model_name for model in response.context["cl"].result_list] == names


def test_search_description(operator: Client, text_model: CallableModel) -> None:
    """… description."""
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(description="Answers in Romansh")
    assert listed(operator, "?q=romansh") == [text_model.name]


def test_collapsible_fieldsets_organized_by_category(operator: Client, mini: AIModelConfig) -> None:
    """Collapsible fieldsets organized by category."""
    fieldsets = operator.get(f"{URL}{mini.pk}/change/").context["adminform"].fieldsets
    assert sum("collapse" in options.get("classes", ()) for _, options in fieldsets) >= 2
    shown = {str(name) for _, options in fieldsets for name in options["fields"]}
    assert {"model_name", "input_cost_per_1m", "cost_per_image", "supports_vision", "is_default"} <= shown


def test_bulk_activate_deactivate_models(operator: Client, text_model: CallableModel) -> None:
    """Bulk activate/deactivate models."""
    config = text_model.config
    for action, is_active in (("deactivate", False), ("activate", True)):
        operator.post(URL, {"action": action, "_selected_action": [config.pk]})
        config.refresh_from_db()
        assert config.is_active is is_active


def test_set_model_as_default_enforces_single_default_per_type(
    operator: Client, text_model: CallableModel
) -> None:
    """Set model as default (enforces single default per type)."""
    defaults = AIModelConfig.objects.filter(is_default=True).values_list("model_name", flat=True)
    try:
        operator.post(URL, {"action": "set_as_default", "_selected_action": [text_model.config.pk]})
        assert set(defaults.all()) == {text_model.name, "dall-e-3"}
    finally:
        mini = AIModelConfig.objects.get(model_name="gpt-4o-mini")
        operator.post(URL, {"action": "set_as_default", "_selected_action": [mini.pk]})
    assert set(defaults.all()) == {"gpt-4o-mini", "dall-e-3"}


def test_export_pricing_table(operator: Client) -> None:
    """Export pricing table."""
    answer = operator.post(f"{URL}export/", {"format": "0"})
    assert answer["Content-Type"] == "text/csv"
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert len(rows) == 9
    mini, *_, last_text_model = [row for row in rows if row["model_type"] == "text"]
    assert (mini["model_name"], mini["input_cost_per_1m"], mini["output_cost_per_1m"]) == (
        *("gpt-4o-mini", "0.15", "0.6"),
    )
    assert (last_text_model["model_name"], last_text_model["output_cost_per_1m"]) == ("gpt-5.2", "14")


def test_access_admin_billing_ai_model_configurations(operator: Client) -> None:
    """Access: Django Admin → Billing → AI Model Configurations."""
    [billing] = [app for app in operator.get("/admin/").context["app_list"] if app["app_label"] == "billing"]
    assert billing["name"] == "Billing"
    assert ("AI model configurations", URL) in [(m["name"], m["admin_url"]) for m in billing["models"]]


def test_an_edit_in_the_admin_changes_the_price(operator: Client, mini: AIModelConfig) -> None:
    """Update model pricing in Django Admin; the editor's name is kept."""
    answer = operator.post(f"{URL}{mini.pk}/change/", opened(operator, mini) | {"input_cost_per_1m": "0.20"})
    assert answer.status_code == 302, answer.context["adminform"].errors
    mini.refresh_from_db()
    assert mini.input_cost_per_1m == Decimal("0.20")
    assert mini.updated_by is not None
