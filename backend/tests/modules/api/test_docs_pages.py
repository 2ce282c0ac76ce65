"""The pages that show the schema work in a browser, and ask no other host for anything."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser

from dev.serving import serving
from igny8_core.modules.auth import tokens
from tests.browser.conftest import Window, browser

__all__ = ["browser"]


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with serving(environment=os.environ) as url:
        yield url


@pytest.fixture
def window(browser: Browser, served: str) -> Iterator[Window]:
    window = Window(browser.new_page(), served)
    window.watch()
    yield window
    window.page.close()
    assert window.problems == []


def test_swagger_shows_every_operation(window: Window) -> None:
    window.open("/api/docs/")
    window.page.wait_for_selector(".opblock")
    assert window.page.locator(".opblock").count() == 10
    assert window.page.locator(".version-stamp", has_text="OAS 3.1").count() == 1
    # The badge of a validator on another host.
    assert window.page.locator("img[src*=validator]").count() == 0


def test_swagger_tries_an_operation_out_with_a_token(window: Window, alice: User) -> None:
    page = window.page
    window.open("/api/docs/#/Models/listAIModels")
    page.click("button.authorize")
    box = page.locator(".modal-ux .auth-container", has_text="accessToken")
    box.locator("input").fill(tokens.issue(alice)[0])
    box.locator("button.authorize").click()
    page.click(".modal-ux .btn-done")
    page.click(".opblock button.try-out__btn")
    page.click(".opblock button.execute")
    page.wait_for_selector(".live-responses-table")
    assert "AI models retrieved successfully" in page.inner_text(".live-responses-table")


def test_redoc_shows_every_operation(window: Window) -> None:
    window.open("/api/docs/redoc/")
    window.page.wait_for_selector("h2:has-text('Revoke tokens')")
    shown = window.page.inner_text("body")
    for summary in (
        *("List AI models", "Get one AI model", "Change an AI model"),
        *("What a model's prices have been", "Price a usage with one model", "Compare two to four models"),
        *("Obtain tokens", "Renew an access token", "Revoke tokens"),
    ):
        assert summary in shown
