"""Runs in a worker, on a database of its own: seeds it, asks for every list, and says what each cost the database."""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from igny8_core.business.credits.models import CreditUsageLog, Hold, LedgerEntry
from igny8_core.modules.admin_list.change_list import BoundedChangeList
from igny8_core.modules.admin_list.paginator import BoundedPaginator
from tests.modules.credits_admin.pages import lists
from tests.modules.credits_admin.seeding import seed
from tests.workers import Job

MONEY = re.compile(r"^SELECT.*\bcredits_", re.DOTALL)
PAGES = (CreditUsageLog, Hold, LedgerEntry)


def examine(job: Job) -> None:
    """Reports {list: {what is asked: {queries with 10 rows a page, queries with 100, rows read by the worst query,
    that query, all queries}}}, and the same of the newest row's page for each of PAGES."""
    arguments = job.arguments
    call_command("migrate", verbosity=0)
    seeded = seed(calls=arguments["calls"], accounts=arguments["accounts"], grants=arguments["grants"])
    BoundedChangeList.looked_through = arguments["looked_through"]
    BoundedPaginator.most_counted = arguments["most_counted"]
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.create_superuser(username="operator"))
    admins = {model._meta.model_name: admin for model, admin in site._registry.items()}
    for name, asked in lists(seeded, last_page=arguments["most_counted"] // 100).items():
        for what, params in asked.items():
            answer: dict[str, Any] = {}
            for size in (10, 100):
                admins[name].list_per_page = size  # type: ignore[index]
                answer[f"queries_{size}"], queries = ask(client, f"/admin/credits/{name}/", params)
            job.report({"list": name, "what": what, **answer, **worst(queries)})
    for model in PAGES:
        row = model._default_manager.order_by("-id").first()
        assert row is not None
        count, queries = ask(client, f"/admin/credits/{model._meta.model_name}/{row.pk}/change/", {})
        job.report(
            {
                "list": model._meta.model_name,
                "what": "page",
                "queries_10": count,
                "queries_100": count,
                **worst(queries),
            }
        )


def ask(client: Client, url: str, params: dict[str, Any]) -> tuple[int, list[str]]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url, params)
    assert response.status_code == 200, (url, params)
    return len(captured), [query["sql"] for query in captured.captured_queries]


def worst(queries: list[str]) -> dict[str, Any]:
    """The query that read most rows of money, and how many those were."""
    read = [(rows_read(query), query) for query in queries if MONEY.match(query)]
    rows, query = max(read)
    return {"rows": rows, "query": query, "queries": queries}


def rows_read(query: str) -> int:
    """Rows of tables that the query looked at, thrown away or not."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        [(answer,)] = cursor.fetchall()
    [explained] = answer if isinstance(answer, list) else json.loads(answer)
    return round(_rows(explained["Plan"]))


def _rows(node: dict[str, Any]) -> float:
    rows = sum(_rows(child) for child in node.get("Plans", ()))
    if "Relation Name" in node:
        names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        rows += sum(node.get(name, 0) for name in names) * node["Actual Loops"]
    return float(rows)
