"""Every page of the admin opens in light, in dark and on a telephone, with no error in the console, nothing wider than
the window, and nothing loaded from another host."""

from __future__ import annotations

import pytest
from django.contrib.admin import site
from django.db.models import Model
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import Account
from tests.browser.conftest import OpenWindow
from tests.ledger_calls import held, settle

LOOKS = [(1400, "light"), (1400, "dark"), (360, "light"), (360, "dark")]
MODELS = sorted(site._registry, key=lambda model: model.__name__)
BUSY = ("/admin/", "/api/docs/", "/api/docs/redoc/")
WIDER_THAN_WINDOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_it_opens(open_window: OpenWindow, account: Account, width: int, scheme: str) -> None:
    settle(held(account, 10), 4)
    window = open_window(width=width, scheme=scheme)
    wide = []
    for path in paths():
        # Only these ask for more once they are there.
        window.open(path, until="networkidle" if path in BUSY else "load")
        if window.page.evaluate(WIDER_THAN_WINDOW) > 0:
            wide.append(path)
        if path.startswith("/admin/"):
            is_dark = "dark" in (window.page.locator("html").get_attribute("class") or "")
            assert is_dark is (scheme == "dark"), path
    assert wide == []


def paths() -> list[str]:
    """The front page, and of each table the list and the page of one row; and the pages that are none of these."""
    found = [*BUSY, *of_prices()]
    for model in MODELS:
        found.append(address(model, "changelist"))
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            found.append(address(model, "change", row.pk))
    return found


def of_prices() -> list[str]:
    mini = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    compare = address(AIModelConfig, "compare")
    return [
        address(AIModelConfig, "price_history", mini.pk),
        address(AIModelConfig, "change", mini.pk),
        address(AIModelConfig, "add"),
        compare,
        f"{compare}?model=gpt-4o&model=gpt-4o-mini&model=gpt-4.1&model=dall-e-3&input_tokens=1000&output_tokens=500"
        "&cached_share=60&images=0&calls_a_month=1000",
        f"{compare}?model=gpt-4o&input_tokens=many",
    ]


def address(model: type[Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)
