"""The usage log's own sums: as plain Python adds the same rows up, or in time the word that it takes too long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from igny8_core.business import postgres
from igny8_core.business.credits.models import Account
from igny8_core.business.errors import LedgerUnavailable
from igny8_core.business.usage.by_day import Cell, Only
from igny8_core.business.usage.figures import IMAGE_UNITS, INPUT_UNITS, OUTPUT_UNITS, Figures, total
from igny8_core.business.usage.usage_log import UsageLog, UsageTooSlow
from tests.business.usage.rows import Row, log, undone
from tests.ledger_calls import end, held, settle

# Long before any test's own calls.
START = datetime(2020, 2, 27, tzinfo=UTC)
DAYS = 5
END = START + timedelta(days=DAYS)

ROWS = st.lists(
    st.builds(
        Row,
        admitted_at=st.datetimes(
            (START - timedelta(days=1)).replace(tzinfo=None), (END + timedelta(days=1)).replace(tzinfo=None)
        ).map(lambda at: at.replace(tzinfo=UTC)),
        model=st.sampled_from(["alpha", "beta", None]),
        provider=st.sampled_from(["greek", "latin", None]),
        status=st.sampled_from(["settled", "settled", "void", "unknown", "refused"]),
        usage=st.dictionaries(
            st.sampled_from([*INPUT_UNITS, *OUTPUT_UNITS, *IMAGE_UNITS, "web_searches"]),
            st.integers(0, 10**12),
        ),
        cost_usd=st.decimals(0, 10**12 - 1, places=18),
        credits=st.decimals(0, 10**14 - 1, places=6),
    ),
    max_size=25,
)


@pytest.fixture
def taken_back(account: Account) -> Iterator[None]:
    with undone():
        yield


def figures_of(row: Row) -> Figures:
    if row.status != "settled":
        names = {"void": "failed", "unknown": "unknown", "refused": "refused"}
        return Figures(**{names[row.status]: 1})  # type: ignore[arg-type]
    used = {
        name: sum(row.usage.get(unit, 0) for unit in units)
        for name, units in (
            ("input_tokens", INPUT_UNITS),
            ("output_tokens", OUTPUT_UNITS),
            ("images", IMAGE_UNITS),
        )
    }
    return Figures(calls=1, cost_usd=row.cost_usd, credits=row.credits, **used)  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_it_adds_up_as_plain_python_does(account: Account, rows: list[Row]) -> None:
    groups: defaultdict[tuple[date, str | None, str | None], list[Figures]] = defaultdict(list)
    for row in rows:
        if START <= row.admitted_at < END:
            groups[row.admitted_at.date(), row.model, row.provider].append(figures_of(row))
    expected = {key: total(group) for key, group in groups.items()}
    with undone():
        log(account, rows)
        cells = UsageLog().cells(since=START, until=END)
        summed = UsageLog().total(since=START, until=END)
        alphas = UsageLog().total(since=START, until=END, only=Only(model="alpha", provider="latin"))
    assert {(cell.day, cell.model, cell.provider): cell.figures for cell in cells} == expected
    assert len(cells) == len(expected)
    assert summed == total(expected.values())
    assert alphas == total(
        figures
        for (_, model, provider), figures in expected.items()
        if (model, provider) == ("alpha", "latin")
    )


@pytest.mark.usefixtures("taken_back")
def test_the_first_instant_of_the_days_is_in_and_the_first_after_them_is_not(account: Account) -> None:
    tick = timedelta(microseconds=1)
    log(account, [Row(admitted_at=at) for at in (START - tick, START, END - tick, END)])
    cells = UsageLog().cells(since=START, until=END)
    assert {(cell.day, cell.figures.calls) for cell in cells} == {
        (date(2020, 2, 27), 1),
        (date(2020, 3, 2), 1),
    }


@pytest.mark.usefixtures("taken_back")
def test_a_call_belongs_to_its_day_in_utc_whatever_the_session_thinks(account: Account) -> None:
    log(account, [Row(admitted_at=datetime(2020, 2, 28, 23, 30, tzinfo=UTC))])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Pacific/Auckland'")
    [cell] = UsageLog().cells(since=START, until=END)
    assert cell.day == date(2020, 2, 28)


@pytest.mark.usefixtures("taken_back")
def test_only_what_was_charged_has_tokens_and_cost(account: Account) -> None:
    used = {"usage": {"input_tokens": 9}, "cost_usd": Decimal(1), "credits": Decimal(100)}
    statuses = ("settled", "void", "unknown", "refused")
    log(account, [Row(admitted_at=START, status=status, **used) for status in statuses])  # type: ignore[arg-type]
    assert UsageLog().cells(since=START, until=END) == [
        Cell(
            day=date(2020, 2, 27),
            model="alpha",
            provider="greek",
            figures=Figures(
                calls=1,
                refused=1,
                failed=1,
                unknown=1,
                input_tokens=9,
                cost_usd=Decimal(1),
                credits=Decimal(100),
            ),
        )
    ]


def test_it_counts_what_the_ledger_logs(account: Account) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    before = UsageLog().total(since=since, until=since + timedelta(hours=1))
    settle(held(account, 10), 4)
    end(held(account, 10), "void")
    end(held(account, 10), "unknown")
    after = UsageLog().total(since=since, until=since + timedelta(hours=1))
    assert after == before + Figures(
        calls=1,
        failed=1,
        unknown=1,
        input_tokens=4,
        cost_usd=Decimal("0.04"),
        credits=Decimal(4),
    )


def test_without_rows_there_is_nothing_and_no_cells() -> None:
    assert UsageLog().cells(since=START, until=END) == []
    assert UsageLog().total(since=START, until=END) == Figures()


def test_a_log_with_a_row_is_not_empty(account: Account) -> None:
    settle(held(account, 10), 4)
    assert not UsageLog().is_empty()


def test_it_gives_up_in_time_and_says_so() -> None:
    with psycopg.connect(**postgres.connection_options()) as other:
        # Another's lock takes longer than any number of rows.
        other.execute("LOCK TABLE credits_usage_log IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(UsageTooSlow) as caught:
            UsageLog(longest_ms=50).cells(since=START, until=END)
        other.rollback()
    assert "within 0.05 s; take fewer days" in caught.value.message
    assert isinstance(caught.value, LedgerUnavailable)


def test_a_callers_transaction_keeps_its_own_settings() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '7s'")
        UsageLog(longest_ms=500).total(since=START, until=END)
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('enable_sort')")
        assert cursor.fetchone() == ("7s", "on")
