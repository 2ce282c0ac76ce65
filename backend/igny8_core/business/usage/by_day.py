"""Usage by day and model: what the admin shows, from wherever its sums are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Protocol, Self

from igny8_core.business.usage.days import DAY, Days
from igny8_core.business.usage.figures import Figures, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Narrows usage to a model, to a provider, or to both. What was refused before its model was found has no
    provider."""

    model: str | None = None
    provider: str | None = None

    def keeps(self, cell: Cell) -> bool:
        return self.model in (None, cell.model) and self.provider in (None, cell.provider)


EVERYTHING: Final = Only()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One day of one model at one provider. A refused call may have named no model."""

    day: date
    model: str | None
    provider: str | None
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsage:
    """A model's figures; `providers` served it, which are several where it was moved."""

    model: str | None
    providers: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class DayUsage:
    """A day's figures, and those of each model that was called on it."""

    day: date
    figures: Figures
    models: tuple[ModelUsage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageByDay:
    days: Days
    cells: tuple[Cell, ...]

    def narrowed(self, only: Only) -> Self:
        return replace(self, cells=tuple(cell for cell in self.cells if only.keeps(cell)))

    def total(self) -> Figures:
        return total(cell.figures for cell in self.cells)

    def by_model(self) -> tuple[ModelUsage, ...]:
        """Each model once, the costliest first."""
        return _by_model(self.cells)

    def by_day(self) -> tuple[DayUsage, ...]:
        """Each day once, in order, also those without a call."""
        cells: defaultdict[date, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            cells[cell.day].append(cell)
        return tuple(
            DayUsage(
                day=day, figures=total(cell.figures for cell in cells[day]), models=_by_model(cells[day])
            )
            for day in self.days
        )

    def providers(self) -> tuple[str, ...]:
        return tuple(sorted({cell.provider for cell in self.cells if cell.provider}))


class UsageSource(Protocol):
    """Where sums are kept. Both bounds are instants: `since` belongs to them, `until` does not."""

    def cells(self, *, since: datetime, until: datetime) -> Iterable[Cell]: ...

    def total(self, *, since: datetime, until: datetime, only: Only) -> Figures: ...


def usage_by_day(*, days: Days, source: UsageSource) -> UsageByDay:
    """The figures of the calls of `days`, by day and model. Raises what `source` raises."""
    return UsageByDay(days=days, cells=tuple(source.cells(since=days.starts_at, until=days.ends_at)))


def usage_before(*, days: Days, now: datetime, source: UsageSource, only: Only = EVERYTHING) -> Figures:
    """The sum of as many days before `days`: where they have not ended by `now`, up to the same time of day, or
    every morning would look like a fall. Raises what `source` raises."""
    until = min(now, days.ends_at)
    return source.total(since=days.starts_at - len(days) * DAY, until=until - len(days) * DAY, only=only)


def _by_model(cells: Iterable[Cell]) -> tuple[ModelUsage, ...]:
    groups: defaultdict[str | None, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell.model].append(cell)
    usages = [
        ModelUsage(
            model=model,
            providers=tuple(sorted({cell.provider for cell in group if cell.provider})),
            figures=total(cell.figures for cell in group),
        )
        for model, group in groups.items()
    ]
    return tuple(sorted(usages, key=_costliest_first))


def _costliest_first(usage: ModelUsage) -> tuple[object, ...]:
    figures = usage.figures
    return (
        figures.cost_usd.copy_negate(),
        -figures.tokens,
        -figures.calls,
        -figures.uncharged,
        usage.model or "",
    )
