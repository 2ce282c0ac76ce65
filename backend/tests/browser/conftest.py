"""A real browser on the served product. Where no Chromium is installed these tests are skipped, and say so; with
IGNY8_REQUIRE_BROWSER=1, as in CI, they fail instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from igny8_core.business.billing.models import AIModelConfig
from tests.served import Served, serving_product

PASSWORD = "an operator's own"

# Its own services look for hosts that no test should reach.
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass(frozen=True, slots=True)
class Window:
    """A browser window. `problems` are console errors, failed requests, and requests to another host."""

    page: Page
    url: str
    problems: list[str] = field(default_factory=list)

    def open(self, path: str, *, until: Literal["load", "networkidle"] = "networkidle") -> None:
        self.page.goto(self.url + path, wait_until=until)

    def watch(self) -> None:
        self.page.on("console", lambda message: self._note(message.type == "error", message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "request",
            lambda request: self._note(
                not request.url.startswith((self.url, "data:", "blob:")), f"asked {request.url}"
            ),
        )
        self.page.on(
            "response",
            lambda response: self._note(response.status >= 400, f"{response.status} {response.url}"),
        )

    def _note(self, is_problem: bool, what: str) -> None:
        if is_problem:
            self.problems.append(what)


OpenWindow = Callable[..., Window]


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """The product on a port of its own."""
    with serving_product() as served:
        yield served


# For a module, not the session: Playwright keeps an event loop running in this thread, which other tests must not find.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        reason = "Chromium is not installed (on Debian: apt-get install chromium), so no page was tried in a browser"
        if os.environ.get("IGNY8_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    was = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the loop is Playwright's; nothing of ours runs in it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield browser
        browser.close()
    if was is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def operator() -> Iterator[User]:
    """A superuser whose password is PASSWORD."""
    name = f"operator-{uuid4().hex[:8]}"
    user = get_user_model().objects.create_superuser(username=name, password=PASSWORD)
    yield user
    AIModelConfig.objects.filter(updated_by=user).update(updated_by=None)
    user.delete()


@pytest.fixture
def open_window(browser: Browser, served: Served, operator: User) -> Iterator[OpenWindow]:
    """Opens a window: `user` (default: the operator, None: nobody) is logged in; 1,400 px wide and light, unless told
    otherwise. At the end no window may have had a problem."""
    windows: list[Window] = []

    def open_window(*, user: User | None = operator, width: int = 1400, scheme: str = "light") -> Window:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": served.url}])
        window = Window(context.new_page(), served.url)
        window.watch()
        windows.append(window)
        return window

    yield open_window
    for window in windows:
        window.page.context.close()
    assert [problem for window in windows for problem in window.problems] == []
