"""How long the admin's lists take to answer, with a million holds, entries and usage rows and 10,000 accounts.

A throwaway server, seeded; each list asked ROUNDS times by a signed-in operator, medians. Reference of the same run:
the list of providers, which is as much page with hardly a row.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import warnings
from typing import Any

from dev.postgres import throwaway_server

ROUNDS = 5
CALLS = int(os.environ.get("CALLS", "1000000"))

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
os.environ.setdefault("SECRET_KEY", "benchmark")
# As it is served in production: pages without a development server's help.
os.environ.setdefault("IGNY8_DEBUG", "0")
os.environ.setdefault("ALLOWED_HOSTS", "testserver")


def main() -> None:
    with throwaway_server() as server:
        os.environ["DATABASE_URL"] = server.url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure()


def measure() -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client

    from tests.modules.credits_admin.pages import lists
    from tests.modules.credits_admin.seeding import seed

    started = time.perf_counter()
    seeded = seed(calls=CALLS, accounts=10_000, grants=100_000)
    print(f"seeded {CALLS:,} calls in {time.perf_counter() - started:.0f} s; {ROUNDS} rounds, medians")
    # Nobody collected the static files that no list is timed with.
    warnings.filterwarnings("ignore", message="No directory at")
    client = Client()
    client.force_login(get_user_model().objects.create_superuser(username="operator"))
    answer(client, "/admin/billing/aiprovider/", {})
    reference = statistics.median(answer(client, "/admin/billing/aiprovider/", {}) for _ in range(ROUNDS))
    print(f"  {reference:6.0f} ms  1.00  providers (reference)")
    slowest = 0.0
    for name, asked in lists(seeded, last_page=200).items():
        for what, params in asked.items():
            url = f"/admin/credits/{name}/"
            median = statistics.median(answer(client, url, params) for _ in range(ROUNDS))
            slowest = max(slowest, median)
            print(f"  {median:6.0f} ms  {median / reference:4.2f}  {name}: {what}")
    print(f"  {slowest:6.0f} ms  {slowest / reference:4.2f}  the slowest")


def answer(client: Any, url: str, params: dict[str, Any]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    response = client.get(url, params, secure=True)
    milliseconds = (time.perf_counter() - started) * 1000
    if response.status_code != 200:
        sys.exit(f"{url} {params}: {response.status_code}")
    return milliseconds


if __name__ == "__main__":
    main()
