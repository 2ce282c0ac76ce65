"""Takes the pictures of the documentation from the running product: `make pictures`.

Everything is made for it and thrown away after: a database, an emulator, a month of charged calls, and a server.
"""

import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from playwright.sync_api import Page, sync_playwright

from dev.children import BACKEND
from dev.serving import serving
from dev.throwaway import throwaway_server
from igny8_core.ai.emulator.server import running_emulator

FOLDER = BACKEND.parent / "docs" / "pictures"
# Calls of each model in the month, with their most usual tokens in and out.
TRAFFIC = {
    "gpt-4o-mini": (900, 2200, 350),
    "gpt-4o": (240, 1500, 300),
    "gpt-4.1": (160, 2600, 420),
    "gpt-5.1": (110, 1800, 700),
}
DAYS = 30
Manage = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Login:
    url: str
    username: str
    password: str


def main() -> int:
    with furnished() as login, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1400, "height": 860}, color_scheme="light")
        page.goto(f"{login.url}/admin/login/")
        page.fill("input[name=username]", login.username)
        page.fill("input[name=password]", login.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{login.url}/admin/")
        FOLDER.mkdir(exist_ok=True)
        for name, show in PICTURES.items():
            show(page, login.url)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(400)  # the chart draws itself in a movement
            page.screenshot(path=FOLDER / f"{name}.png")
            print(f"docs/pictures/{name}.png")
        browser.close()
    return 0


@contextmanager
def furnished() -> Iterator[Login]:
    """The product with a month of calls, served."""
    with throwaway_server() as server, running_emulator() as emulator_url:
        environment = {**os.environ, "DATABASE_URL": server.url, "IGNY8_EMULATOR_URL": emulator_url}

        def manage(*command: str) -> str:
            line = [sys.executable, "manage.py", *command]
            return subprocess.run(
                line, cwd=BACKEND, env=environment, stdout=subprocess.PIPE, text=True, check=True
            ).stdout

        manage("migrate", "--verbosity", "0")
        demo = json.loads(manage("seed_demo", "--json").splitlines()[-1])
        make_traffic(manage, demo["account"])
        spread_over_the_month(server.url)
        price_over_months(server.url)
        with serving(environment=environment) as url:
            yield Login(url, demo["username"], demo["password"])


def make_traffic(manage: Manage, account: str) -> None:
    """Charged calls, all of now: the same ones each time."""
    chance = random.Random(8)
    now = datetime.now(UTC)
    for model, (calls, tokens_in, tokens_out) in TRAFFIC.items():
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["TIMESTAMP", "ContextTokens", "GeneratedTokens"])
            for number in range(calls):
                time = (now - timedelta(seconds=number)).isoformat()
                writer.writerow([time, chance.randint(1, 2 * tokens_in), chance.randint(1, 2 * tokens_out)])
            file.flush()
            manage("replay_usage", file.name, "--account", account, "--model", model, "--source", model)


def spread_over_the_month(database_url: str) -> None:
    """Moves the calls to days before, fewer to weekends. Only here: a real database refuses it."""
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE credits_usage_log DISABLE TRIGGER USER")
        connection.execute("SELECT setseed(0.8)")
        connection.execute(
            """
            WITH moved AS (
                SELECT id, clock_timestamp() - make_interval(secs => random() * %s * 86400) AS at
                FROM credits_usage_log
            )
            UPDATE credits_usage_log u
            SET admitted_at = CASE WHEN extract(isodow FROM at) > 5 AND u.id %% 3 > 0 THEN at - interval '2 days' ELSE at END
            FROM moved WHERE moved.id = u.id
            """,
            [DAYS - 3],
        )
        connection.execute("UPDATE credits_usage_log SET logged_at = admitted_at + interval '1 second'")
        connection.execute("ALTER TABLE credits_usage_log ENABLE TRIGGER USER")


# gpt-4.1 as a provider might have priced it in the months before, and will from a day to come.
PRICES_OF_BEFORE = ((170, "3.00", "12.00"), (110, "2.50", "10.00"), (40, "2.00", "8.00"))
RATES = """
INSERT INTO billing_modelrate (model_id, unit, amount, per, service_tier, is_batch, above_input_tokens, image_size,
    image_quality, is_estimate, source_url, valid_from)
SELECT id, unit, amount, per, tier, is_batch, 0, '', '', false, '', starts
  FROM billing_aimodelconfig CROSS JOIN (VALUES
    ('input_tokens', 1.00, 1000000, '', true, NULL), ('output_tokens', 4.00, 1000000, '', true, NULL),
    ('input_tokens', 3.50, 1000000, 'priority', false, NULL), ('output_tokens', 14.00, 1000000, 'priority', false, NULL),
    ('web_searches', 10.00, 1000, '*', NULL, NULL),
    ('output_tokens', 7.00, 1000000, '', false, date_trunc('day', now()) + interval '9 days'))
    AS rate (unit, amount, per, tier, is_batch, starts)
 WHERE model_name = 'gpt-4.1'
"""


def price_over_months(database_url: str) -> None:
    """Gives gpt-4.1 rates and a past. Only here is the record of prices written by hand."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM billing_priceversion WHERE model_name = 'gpt-4.1'")
        for days, price_in, price_out in PRICES_OF_BEFORE:
            prices = "input_cost_per_1m = %s, output_cost_per_1m = %s"
            connection.execute(
                f"UPDATE billing_aimodelconfig SET {prices} WHERE model_name = 'gpt-4.1'",
                [price_in, price_out],
            )
            connection.execute(
                "UPDATE billing_priceversion SET recorded_at = recorded_at - make_interval(days => %s)"
                " WHERE id = (SELECT max(id) FROM billing_priceversion WHERE model_name = 'gpt-4.1')",
                [days],
            )
        connection.execute(RATES)


MODELS = "/admin/billing/aimodelconfig/"
WORKLOAD = "input_tokens=1800&output_tokens=400&cached_share=60&images=0&calls_a_month=250000"


def usage(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/")
    page.wait_for_selector("#usage-chart")


def models(page: Page, url: str) -> None:
    page.goto(url + MODELS)


def price(page: Page, url: str) -> None:
    page.goto(url + MODELS)
    page.get_by_role("link", name="gpt-4o", exact=True).click()
    page.fill("#id_output_cost_per_1m", "8")
    page.wait_for_selector("#price-preview-typed:has-text('0.0065')")


def confirm(page: Page, url: str) -> None:
    page.fill("#id_output_cost_per_1m", "0.000008")
    page.click("button[name=_save]")
    page.wait_for_selector("#price-confirmation")
    page.evaluate("window.scrollTo(0, 0)")


def history(page: Page, url: str) -> None:
    page.goto(url + MODELS)
    page.get_by_role("link", name="gpt-4o", exact=True).click()
    for number in ("9", "8"):
        page.fill("#id_output_cost_per_1m", number)
        page.click("button[name=_continue]")
        page.wait_for_load_state("networkidle")
    page.goto(f"{page.url.rpartition('change/')[0]}history/")


def call(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/credits/creditusagelog/")
    page.locator("#result_list tbody th a").first.click()


def rates(page: Page, url: str) -> None:
    page.goto(url + MODELS)
    page.get_by_role("link", name="gpt-4.1", exact=True).click()
    page.locator("#rates-group").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#rates-group').scrollIntoView()")


def price_history(page: Page, url: str) -> None:
    page.goto(url + MODELS)
    page.get_by_role("link", name="gpt-4.1", exact=True).click()
    page.goto(f"{page.url.rpartition('change/')[0]}prices/")


def compare(page: Page, url: str) -> None:
    page.goto(f"{url}{MODELS}compare/?model=gpt-4.1&model=gpt-4o&model=gpt-4o-mini&{WORKLOAD}")
    page.evaluate("document.querySelector('#compare-table').scrollIntoView()")


# In this order: some go on from the page before.
PICTURES: dict[str, Callable[[Page, str], None]] = {
    each.__name__: each
    for each in (usage, models, price, confirm, history, call, rates, price_history, compare)
}


if __name__ == "__main__":
    sys.exit(main())
