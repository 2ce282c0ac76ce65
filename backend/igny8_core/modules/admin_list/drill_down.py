"""Year, then month, then day: which dates a list can be narrowed to next. It asks for the first and last, no more."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

Parts = dict[str, int]


@dataclass(frozen=True, slots=True)
class DateLink:
    title: str
    url: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class DrillDown:
    """`path` from all dates to the chosen one, and `choices` one step further down."""

    path: tuple[DateLink, ...]
    choices: tuple[DateLink, ...]


def drill_down(*, first: date, last: date, chosen: Parts, url: Callable[[Parts], str]) -> DrillDown:
    """`chosen` has none, the first, two or all of year, month and day. `url` gives the list's address at such a
    choice. Only dates between `first` and `last` are offered."""
    year, month, day = (chosen.get(part) for part in ("year", "month", "day"))
    path = [DateLink("All dates", url({}), is_chosen=not chosen)]
    choices: list[DateLink] = []
    if year is not None:
        path.append(DateLink(str(year), url({"year": year}), is_chosen=month is None))
    elif first.year < last.year:
        choices = [DateLink(str(each), url({"year": each})) for each in range(first.year, last.year + 1)]
        return DrillDown(tuple(path), tuple(choices))
    else:
        year = first.year
    if month is None:
        months = [
            each
            for each in range(1, 13)
            if (first.year, first.month) <= (year, each) <= (last.year, last.month)
        ]
        choices = [DateLink(calendar.month_name[each], url({"year": year, "month": each})) for each in months]
        return DrillDown(tuple(path), tuple(choices))
    in_month: Parts = {"year": year, "month": month}
    path.append(DateLink(calendar.month_name[month], url(in_month), is_chosen=day is None))
    days = range(1, calendar.monthrange(year, month)[1] + 1)
    choices = [
        DateLink(str(each), url({**in_month, "day": each}), is_chosen=each == day)
        for each in days
        if first <= date(year, month, each) <= last
    ]
    return DrillDown(tuple(path), tuple(choices))
