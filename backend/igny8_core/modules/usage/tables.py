"""The rows of the usage panel's tables, as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from igny8_core.business.usage.by_day import DayUsage, ModelUsage, Only
from igny8_core.business.usage.figures import Figures, total
from igny8_core.modules.usage.asked import Asked
from igny8_core.modules.usage.chart import Series, model_name
from igny8_core.modules.usage.numbers import (
    CREDIT_DECIMALS,
    USD_DECIMALS,
    amount_text,
    count_text,
    decimals_of,
)

# A log can name any number of models that were asked for in vain.
MOST_MODELS: Final = 100


@dataclass(frozen=True, slots=True)
class Columns:
    """How many decimals the amounts of a table have."""

    usd_decimals: int
    credit_decimals: int

    @classmethod
    def for_all(cls, figures: Iterable[Figures]) -> Columns:
        rows = list(figures)
        return cls(
            decimals_of((row.cost_usd for row in rows), least=USD_DECIMALS),
            decimals_of((row.credits for row in rows), least=CREDIT_DECIMALS),
        )

    def usd(self, amount: Decimal) -> str:
        return amount_text(amount, decimals=self.usd_decimals)

    def credits(self, amount: Decimal) -> str:
        return amount_text(amount, decimals=self.credit_decimals)


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` follow the table's columns; `query` is the address that narrows everything to the row's model."""

    title: str
    cells: tuple[str, ...]
    note: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class DayRows:
    day: date
    total: Row
    models: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ModelTable:
    rows: tuple[Row, ...]
    total: Row


@dataclass(frozen=True, slots=True)
class DayTable:
    days: tuple[DayRows, ...]
    total: Row


def model_table(models: tuple[ModelUsage, ...], sum_of_all: Figures, asked: Asked) -> ModelTable:
    """A row a model, in their order; beyond MOST_MODELS they share one."""
    listed, rest = models[:MOST_MODELS], models[MOST_MODELS:]
    columns = Columns.for_all([*(model.figures for model in models), sum_of_all])
    rows = [_model_row(model, columns, asked) for model in listed]
    if rest:
        figures = total(model.figures for model in rest)
        rows.append(Row(f"{count_text(len(rest))} other models", _cells(figures, columns)))
    return ModelTable(tuple(rows), Row("Total", _cells(sum_of_all, columns)))


def day_table(days: tuple[DayUsage, ...], series: tuple[Series, ...], sum_of_all: Figures) -> DayTable:
    """A row a day, the latest first, and below it one for each series of the chart that the day has."""
    columns = Columns.for_all([*(model.figures for day in days for model in day.models), sum_of_all])
    rows = []
    for day in reversed(days):
        parts = [(one.name, one.of(day)) for one in series]
        rows.append(
            DayRows(
                day=day.day,
                total=Row(day.day.isoformat(), _cells(day.figures, columns)),
                models=tuple(
                    Row(name, _cells(figures, columns)) for name, figures in parts if figures != Figures()
                ),
            )
        )
    return DayTable(tuple(rows), Row("Total", _cells(sum_of_all, columns)))


def _model_row(usage: ModelUsage, columns: Columns, asked: Asked) -> Row:
    can_narrow = usage.model is not None and asked.only.model is None
    return Row(
        title=model_name(usage.model),
        cells=_cells(usage.figures, columns),
        note=", ".join(usage.providers),
        query=asked.for_only(Only(model=usage.model)).query if can_narrow else "",
    )


def _cells(figures: Figures, columns: Columns) -> tuple[str, ...]:
    counts = (
        figures.calls,
        figures.refused,
        figures.failed,
        figures.unknown,
        figures.input_tokens,
        figures.output_tokens,
        figures.images,
    )
    return (*map(count_text, counts), columns.usd(figures.cost_usd), columns.credits(figures.credits))
