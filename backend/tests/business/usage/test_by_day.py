"""Usage by day and model: every sum is the sum of the same cells, and no day is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from igny8_core.business.usage.by_day import Cell, Only, UsageByDay, usage_before, usage_by_day
from igny8_core.business.usage.days import Days
from igny8_core.business.usage.figures import Figures, total

DAYS = Days(date(2026, 3, 1), date(2026, 3, 6))
FIGURES = st.builds(
    Figures,
    calls=st.integers(0, 10**6),
    refused=st.integers(0, 10),
    failed=st.integers(0, 10),
    unknown=st.integers(0, 10),
    input_tokens=st.integers(0, 10**12),
    output_tokens=st.integers(0, 10**12),
    images=st.integers(0, 10**6),
    cost_usd=st.decimals(0, 10**11, places=18),
    credits=st.decimals(0, 10**13, places=6),
)
CELLS = st.lists(
    st.builds(
        Cell,
        day=st.sampled_from(list(DAYS)),
        model=st.sampled_from(["alpha", "beta", None]),
        provider=st.sampled_from(["greek", "latin", None]),
        figures=FIGURES,
    ),
    max_size=30,
)


class Kept:
    """A source that remembers what it was asked for."""

    def __init__(self, cells: Iterable[Cell] = ()) -> None:
        self._cells = cells
        self.asked: list[tuple[datetime, datetime]] = []
        self.only: Only | None = None

    def cells(self, *, since: datetime, until: datetime) -> Iterable[Cell]:
        self.asked.append((since, until))
        return self._cells

    def total(self, *, since: datetime, until: datetime, only: Only) -> Figures:
        self.asked.append((since, until))
        self.only = only
        return Figures(calls=5)


def cell(day: int, model: str | None, provider: str | None = "greek", **figures: int | Decimal) -> Cell:
    return Cell(day=date(2026, 3, day), model=model, provider=provider, figures=Figures(**figures))  # type: ignore[arg-type]


@given(CELLS)
def test_the_total_is_the_sum_of_the_models_and_of_the_days(cells: list[Cell]) -> None:
    usage = UsageByDay(days=DAYS, cells=tuple(cells))
    expected = total(cell.figures for cell in cells)
    assert usage.total() == expected
    assert total(model.figures for model in usage.by_model()) == expected
    assert total(day.figures for day in usage.by_day()) == expected
    assert total(model.figures for day in usage.by_day() for model in day.models) == expected


@given(CELLS)
def test_each_model_is_there_once_the_costliest_first(cells: list[Cell]) -> None:
    models = UsageByDay(days=DAYS, cells=tuple(cells)).by_model()
    assert {one.model for one in models} == {cell.model for cell in cells}
    assert len({one.model for one in models}) == len(models)
    costs = [one.figures.cost_usd for one in models]
    assert costs == sorted(costs, reverse=True)


@given(CELLS)
def test_narrowing_parts_the_cells_and_loses_none(cells: list[Cell]) -> None:
    usage = UsageByDay(days=DAYS, cells=tuple(cells))
    providers = ["greek", "latin"]
    parts = [usage.narrowed(Only(provider=name)).total() for name in providers]
    without = total(cell.figures for cell in cells if cell.provider is None)
    assert total([*parts, without]) == usage.total()


def test_days_without_a_call_are_there_with_zeros() -> None:
    usage = UsageByDay(days=DAYS, cells=(cell(2, "alpha", calls=3),))
    assert [(day.day.day, day.figures.calls, len(day.models)) for day in usage.by_day()] == [
        (1, 0, 0),
        (2, 3, 1),
        (3, 0, 0),
        (4, 0, 0),
        (5, 0, 0),
    ]


def test_a_model_that_was_moved_is_one_model_of_two_providers() -> None:
    usage = UsageByDay(
        days=DAYS, cells=(cell(1, "alpha", "latin", calls=1), cell(2, "alpha", "greek", calls=2))
    )
    [model] = usage.by_model()
    assert (model.model, model.providers, model.figures.calls) == ("alpha", ("greek", "latin"), 3)


def test_it_narrows_to_a_model_and_to_a_provider() -> None:
    usage = UsageByDay(
        days=DAYS,
        cells=(
            cell(1, "alpha", "greek", calls=1),
            cell(1, "beta", "greek", calls=2),
            cell(1, "alpha", "latin", calls=4),
            cell(1, "alpha", None, refused=8),
        ),
    )
    assert usage.narrowed(Only()).total() == usage.total()
    assert usage.narrowed(Only(model="alpha")).total() == Figures(calls=5, refused=8)
    assert usage.narrowed(Only(provider="greek")).total() == Figures(calls=3)
    assert usage.narrowed(Only(model="alpha", provider="latin")).total() == Figures(calls=4)
    assert usage.narrowed(Only(model="gamma")).cells == ()


def test_the_source_is_asked_for_whole_days() -> None:
    source = Kept([cell(1, "alpha", calls=1)])
    usage = usage_by_day(days=DAYS, source=source)
    assert source.asked == [(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC))]
    assert usage.total() == Figures(calls=1)


def test_the_days_before_end_at_the_same_time_of_day() -> None:
    source = Kept()
    now = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    assert usage_before(days=DAYS, now=now, source=source, only=Only(model="alpha")) == Figures(calls=5)
    assert source.asked == [(datetime(2026, 2, 24, tzinfo=UTC), datetime(2026, 2, 28, 9, 30, tzinfo=UTC))]
    assert source.only == Only(model="alpha")


def test_the_days_before_days_that_have_ended_are_whole() -> None:
    source = Kept()
    usage_before(days=DAYS, now=datetime(2027, 1, 1, tzinfo=UTC), source=source)
    assert source.asked == [(datetime(2026, 2, 24, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))]
