"""The chart's series: the models that lead by any measure, each with its colour, and the rest as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from igny8_core.business.credits.money import format_usd
from igny8_core.business.usage.by_day import DayUsage, ModelUsage
from igny8_core.business.usage.figures import Figures, total

# As many as by_day.css has colours that everybody can tell apart, and grey for the rest.
NAMED: Final = 7
NO_MODEL: Final = "(no model)"

MEASURE: Final[dict[str, Callable[[Figures], Decimal | int]]] = {
    "cost": lambda figures: figures.cost_usd,
    "credits": lambda figures: figures.credits,
    "tokens": lambda figures: figures.tokens,
    "calls": lambda figures: figures.calls,
}


@dataclass(frozen=True, slots=True)
class Series:
    """`models` drawn as one; `colour` is the number of its colour, 0 for the rest."""

    name: str
    models: frozenset[str | None]
    colour: int

    def of(self, day: DayUsage) -> Figures:
        return total(usage.figures for usage in day.models if usage.model in self.models)


def series_of(models: tuple[ModelUsage, ...]) -> tuple[Series, ...]:
    """All measures share the series, so that a model keeps its colour: the first by each measure, then the second by
    each, and so on."""
    charged = [usage for usage in models if usage.figures.calls]
    ranked = [_ranked(charged, read) for read in MEASURE.values()]
    leading = list(dict.fromkeys(chain.from_iterable(zip(*ranked, strict=True))))[:NAMED]
    named = [usage.model for usage in charged if usage.model in leading]
    rest = [usage.model for usage in models if usage.model not in leading]
    series = [
        Series(model_name(model), frozenset([model]), colour) for colour, model in enumerate(named, start=1)
    ]
    if rest:
        name = f"{len(rest)} other models" if len(rest) > 1 else model_name(rest[0])
        series.append(Series(name, frozenset(rest), 0))
    return tuple(series)


def chart_data(days: tuple[DayUsage, ...], series: tuple[Series, ...]) -> dict[str, Any]:
    """What by_day.js draws. Numbers are strings in fixed notation: the chart rounds them to pixels, nobody else does."""
    drawn = [one for one in series if any(one.of(day).calls for day in days)]
    return {
        "days": [day.day.isoformat() for day in days],
        "totals": _values(day.figures for day in days),
        "series": [
            {"name": one.name, "colour": one.colour, "values": _values(one.of(day) for day in days)}
            for one in drawn
        ],
    }


def model_name(model: str | None) -> str:
    return NO_MODEL if model is None else model


def _ranked(models: list[ModelUsage], read: Callable[[Figures], Decimal | int]) -> list[str | None]:
    return [usage.model for usage in sorted(models, key=lambda usage: read(usage.figures), reverse=True)]


def _values(figures: Iterable[Figures]) -> dict[str, list[str]]:
    column = list(figures)
    return {measure: [_text(read(one)) for one in column] for measure, read in MEASURE.items()}


def _text(number: Decimal | int) -> str:
    return str(number) if isinstance(number, int) else format_usd(number, decimals=2)
