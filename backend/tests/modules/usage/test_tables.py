"""The tables' rows add up to their totals, as text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from igny8_core.business.usage.by_day import Cell, Only, UsageByDay
from igny8_core.business.usage.days import Days
from igny8_core.business.usage.figures import Figures
from igny8_core.modules.usage.asked import Asked
from igny8_core.modules.usage.chart import series_of
from igny8_core.modules.usage.tables import MOST_MODELS, DayTable, ModelTable, Row, day_table, model_table

DAYS = Days(date(2026, 3, 1), date(2026, 3, 4))


def cell(day: int, model: str | None, figures: Figures) -> Cell:
    return Cell(day=date(2026, 3, day), model=model, provider="greek", figures=figures)


CELLS = (
    cell(1, "alpha", Figures(calls=1, input_tokens=1000, cost_usd=Decimal("1000.5"), credits=Decimal(7))),
    cell(3, "alpha", Figures(calls=1, failed=2, cost_usd=Decimal("0.0000015"), credits=Decimal("0.5"))),
    cell(3, "beta", Figures(calls=3, images=3, cost_usd=Decimal(1), credits=Decimal("0.000001"))),
    cell(3, None, Figures(refused=4)),
)
USAGE = UsageByDay(days=DAYS, cells=CELLS)


def by_model(usage: UsageByDay, asked: Asked = Asked()) -> ModelTable:  # noqa: B008
    return model_table(usage.by_model(), usage.total(), asked)


def by_day(usage: UsageByDay) -> DayTable:
    return day_table(usage.by_day(), series_of(usage.by_model()), usage.total())


def test_each_model_has_a_row_and_the_amounts_of_a_column_have_their_points_in_line() -> None:
    table = by_model(USAGE)
    assert [(row.title, row.note, row.cells) for row in table.rows] == [
        ("alpha", "greek", ("2", "0", "2", "0", "1,000", "0", "0", "1,000.5000015", "7.500000")),
        ("beta", "greek", ("3", "0", "0", "0", "0", "0", "3", "1.0000000", "0.000001")),
        ("(no model)", "greek", ("0", "4", "0", "0", "0", "0", "0", "0.0000000", "0.000000")),
    ]
    assert table.total.cells == ("5", "4", "2", "0", "1,000", "0", "3", "1,001.5000015", "7.500001")


def test_a_row_leads_to_its_model_alone_and_keeps_what_else_was_asked() -> None:
    assert [row.query for row in by_model(USAGE, Asked(count=7)).rows] == [
        "?days=7&only=model%3Aalpha",
        "?days=7&only=model%3Abeta",
        "",
    ]
    narrowed = by_model(USAGE.narrowed(Only(model="alpha")), Asked(only=Only(model="alpha")))
    assert [row.query for row in narrowed.rows] == [""]


def test_models_beyond_the_most_share_a_row_and_the_total_has_them() -> None:
    cells = [cell(1, f"m{number:03}", Figures(refused=1)) for number in range(MOST_MODELS + 7)]
    table = by_model(UsageByDay(days=DAYS, cells=tuple(cells)))
    assert len(table.rows) == MOST_MODELS + 1
    assert (table.rows[-1].title, table.rows[-1].cells[1], table.total.cells[1]) == (
        "7 other models",
        "7",
        "107",
    )


def test_each_day_has_its_row_the_latest_first_and_its_models_below() -> None:
    table = by_day(USAGE)
    assert [(day.day.day, [row.title for row in day.models]) for day in table.days] == [
        (3, ["alpha", "beta", "(no model)"]),
        (2, []),
        (1, ["alpha"]),
    ]
    assert table.days[0].total == Row(
        "2026-03-03", ("4", "4", "2", "0", "0", "0", "3", "1.0000015", "0.500001")
    )
    assert table.days[1].total.cells == ("0",) * 7 + ("0.0000000", "0.000000")
    assert table.total.cells == by_model(USAGE).total.cells


def test_the_rows_of_a_day_add_up_to_it() -> None:
    for day in by_day(USAGE).days:
        columns = list(zip(*(row.cells for row in day.models), strict=True))
        for number, text in enumerate(day.total.cells):
            parts = columns[number] if columns else ()
            assert sum(map(_number, parts), Decimal(0)) == _number(text)


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))
