"""What the lists cost the database: as many queries for a long page as for a short one, each of a bounded number of
rows. In `make test` with 100,000 calls and bounds a tenth as high, in `make soak` with a million and the real bounds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from igny8_core.modules.admin_list.change_list import LOOKED_THROUGH
from igny8_core.modules.admin_list.paginator import MOST_COUNTED
from tests.modules.credits_admin.examination import examine
from tests.workers import run_workers

Answers = dict[tuple[str, str], dict[str, Any]]

# By list and count, what is asked with so many. Two are of the session and its user.
QUERIES: dict[str, dict[int, tuple[str, ...]]] = {
    "creditusagelog": {
        5: (
            "newest",
            "last page",
            "year",
            "month",
            "day",
            "week",
            "before all",
            "void",
            "unknown",
            "error code",
            "unknown error code",
            "search unknown request",
            "estimated",
            "unpriced",
            "unpriced, a week",
        ),
        6: (
            "exact",
            "estimated, model",
            "common model",
            "rare model",
            "retired model",
            "unknown model",
            "month, rare model",
            "images",
            "user",
            "unknown user",
            "search account",
            "search busy account",
            "settled",
            "constants",
        ),
        7: (
            "search request",
            "search refused request",
            "busy account",
            "account that went quiet",
            "usual account",
            "account without calls",
            "search user",
            "search nothing",
            "refused, quiet account",
        ),
        8: ("busy account, rare model", "page"),
    },
    "hold": {
        4: ("search unknown request",),
        5: (
            "newest",
            "last page",
            "year",
            "month",
            "day",
            "week",
            "before all",
            "unknown",
            "sent",
            "held, none",
        ),
        6: (
            "common model",
            "rare model",
            "retired model",
            "unknown model",
            "month, rare model",
            "images",
            "user",
            "unknown user",
            "search request",
            "settled",
            "void",
        ),
        7: ("search user", "search nothing", "page"),
        8: ("search account", "search busy account"),
        9: (
            "busy account",
            "account that went quiet",
            "usual account",
            "account without calls",
            "unknown, busy account",
        ),
        11: ("busy account, rare model",),
    },
    "ledgerentry": {
        4: ("search unknown request", "search nothing"),
        5: (
            "newest",
            "last page",
            "year",
            "month",
            "day",
            "week",
            "before all",
            "overruns",
            "expiries, none",
        ),
        6: ("charges", "page"),
        7: ("search request", "search account"),
        8: (
            "busy account",
            "account that went quiet",
            "usual account",
            "account without calls",
            "grants, busy account",
        ),
        9: ("charges, quiet account",),
    },
    "grant": {
        5: (
            "newest",
            "last page",
            "year",
            "month",
            "day",
            "week",
            "before all",
            "search nothing",
        ),
        6: ("promotions", "refunds, none", "paid", "left", "expired", "search account"),
        7: (
            "search external id",
            "busy account",
            "account that went quiet",
            "usual account",
            "account without calls",
        ),
    },
    "account": {
        4: (
            "first",
            "last page",
            "by available",
            "in debt",
            "inactive",
            "search slug",
            "search external id",
            "search nothing",
        ),
    },
    "accountbalance": {
        4: ("first", "last page", "search"),
    },
    "storedratecard": {
        3: ("search unknown card",),
        4: ("newest", "last page"),
        5: ("search account",),
        6: ("account",),
    },
    "apikey": {
        4: ("newest", "active", "search"),
    },
    "membership": {
        4: ("first", "search"),
        6: ("account",),
    },
}


@contextmanager
def own_database() -> Iterator[str]:
    """URL of a new database on the session's server."""
    name = f"lists_{uuid4().hex[:12]}"
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield f"{url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def examined(*, calls: int, seconds: float) -> Answers:
    """What each list cost, with the bounds in the proportion to the calls that a million has to the real ones."""
    arguments = {
        "calls": calls,
        "accounts": calls // 100,
        "grants": calls // 10,
        "looked_through": LOOKED_THROUGH * calls // 1_000_000,
        "most_counted": MOST_COUNTED * calls // 1_000_000,
    }
    with own_database() as url:
        [reports] = run_workers(examine, [arguments], seconds=seconds, database_url=url)
    return {(report["list"], report["what"]): report for report in reports}


@pytest.fixture(scope="module")
def answers() -> Answers:
    return examined(calls=100_000, seconds=200)


def check(answers: Answers, *, calls: int) -> None:
    expected = {
        (name, what): count
        for name, by_count in QUERIES.items()
        for count, asked in by_count.items()
        for what in asked
    }
    assert {key: answer["queries_10"] for key, answer in answers.items()} == expected
    assert {key: answer["queries_100"] for key, answer in answers.items()} == expected
    # What is looked for without an index reads the newest twentieth, and where a month is read at once, that month.
    assert {key: answer for key, answer in answers.items() if answer["rows"] > calls // 5} == {}
    # All else reads what it counts and shows.
    narrow = ("newest", "first", "last page", "year", "month", "day", "week", "before all", "page")
    assert {
        key: answer
        for key, answer in answers.items()
        if key[1] in narrow
        or "request" in key[1]
        or key[1] in ("void", "unknown", "error code", "usual account", "estimated", "unpriced")
        if answer["rows"] > calls // 33 and key != ("hold", "void")
    } == {}


def test_a_long_page_costs_as_many_queries_as_a_short_one_and_none_reads_the_table(answers: Answers) -> None:
    check(answers, calls=100_000)


def test_no_list_is_counted_to_its_end(answers: Answers) -> None:
    counts = [
        query
        for answer in answers.values()
        for query in answer["queries"]
        if "COUNT(*)" in query and "credits_" in query
    ]
    assert len(counts) > 80
    assert [query for query in counts if "LIMIT " not in query] == []


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_million_calls_make_no_difference() -> None:
    check(examined(calls=1_000_000, seconds=800), calls=1_000_000)
