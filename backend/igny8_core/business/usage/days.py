"""Whole UTC days. A call's day is the UTC day of its admission: it never changes, and the usage log is kept by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from igny8_core.business.errors import InvalidRequest

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` up to `until`, which is not one of them. Raises InvalidRequest for no days."""

    first: date
    until: date

    def __post_init__(self) -> None:
        if self.until <= self.first:
            raise InvalidRequest(f"the days from {self.first} up to {self.until} are none")

    @classmethod
    def up_to(cls, now: datetime, *, count: int) -> Self:
        """The last `count` days, the one that `now` is in among them."""
        until = now.astimezone(UTC).date() + DAY
        return cls(until - count * DAY, until)

    @property
    def last(self) -> date:
        return self.until - DAY

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        """The first instant that is in none of the days."""
        return datetime.combine(self.until, time(), UTC)

    def __len__(self) -> int:
        return (self.until - self.first).days

    def __iter__(self) -> Iterator[date]:
        return (self.first + number * DAY for number in range(len(self)))
