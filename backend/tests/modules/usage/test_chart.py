"""The chart draws the figures of the tables, few enough series to be told apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from igny8_core.business.usage.by_day import Cell, UsageByDay
from igny8_core.business.usage.days import Days
from igny8_core.business.usage.figures import Figures
from igny8_core.modules.usage.chart import NAMED, chart_data, series_of

DAYS = Days(date(2026, 3, 1), date(2026, 3, 3))


def usage_of(*models: tuple[str | None, Figures]) -> UsageByDay:
    cells = (Cell(day=DAYS.first, model=model, provider="p", figures=figures) for model, figures in models)
    return UsageByDay(days=DAYS, cells=tuple(cells))


def many(count: int) -> UsageByDay:
    return usage_of(
        *((f"m{number:02}", Figures(calls=1, cost_usd=Decimal(100 - number))) for number in range(count))
    )


def names(usage: UsageByDay) -> list[tuple[str, int]]:
    return [(one.name, one.colour) for one in series_of(usage.by_model())]


def test_each_of_few_models_has_its_colour_the_costliest_first() -> None:
    assert names(many(3)) == [("m00", 1), ("m01", 2), ("m02", 3)]


def test_the_rest_of_many_is_one_in_grey() -> None:
    assert names(many(NAMED + 5))[-2:] == [("m06", 7), ("5 other models", 0)]


def test_a_rest_of_one_keeps_its_name() -> None:
    assert names(many(NAMED + 1))[-1] == ("m07", 0)


def test_who_leads_by_another_measure_is_among_the_named() -> None:
    free = Figures(calls=1000, input_tokens=10**9)
    cells = (*many(20).cells, *usage_of(("free", free)).cells)
    usage = UsageByDay(days=DAYS, cells=cells)
    assert ("free", 7) in names(usage)
    assert len(names(usage)) == NAMED + 1


def test_every_model_is_in_one_series() -> None:
    usage = UsageByDay(days=DAYS, cells=(*many(20).cells, *usage_of((None, Figures(refused=1))).cells))
    drawn = [model for one in series_of(usage.by_model()) for model in one.models]
    assert sorted(map(str, drawn)) == sorted(str(one.model) for one in usage.by_model())


def test_what_was_never_charged_is_not_drawn() -> None:
    usage = usage_of(("alpha", Figures(calls=1)), ("typo", Figures(refused=9)))
    series = series_of(usage.by_model())
    assert [one.name for one in series] == ["alpha", "typo"]
    assert [one["name"] for one in chart_data(usage.by_day(), series)["series"]] == ["alpha"]


def test_its_numbers_are_text_in_fixed_notation_with_every_digit() -> None:
    usage = usage_of(
        (
            "alpha",
            Figures(
                calls=2,
                input_tokens=1200,
                output_tokens=34,
                cost_usd=Decimal("0.000000150000000000"),
                credits=Decimal("0.000015"),
            ),
        )
    )
    data = chart_data(usage.by_day(), series_of(usage.by_model()))
    assert data["days"] == ["2026-03-01", "2026-03-02"]
    [alpha] = data["series"]
    assert alpha["values"] == data["totals"]
    assert alpha["values"] == {
        "cost": ["0.00000015", "0.00"],
        "credits": ["0.000015", "0.00"],
        "tokens": ["1234", "0"],
        "calls": ["2", "0"],
    }
