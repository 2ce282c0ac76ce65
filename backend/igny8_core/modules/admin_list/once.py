"""Values that a page asks the database for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.db.models import Model

Admin = TypeVar("Admin")
Row = TypeVar("Row", bound=Model)


def once(column: Callable[[Admin, Row], str]) -> Callable[[Admin, Row], str]:
    """The column, asked once for a row: some versions of Unfold ask three times for each value of a page."""

    name = column.__name__

    @wraps(column)
    def kept(admin: Admin, row: Row) -> str:
        values: dict[str, str] = row.__dict__.setdefault("_shown", {})
        if name not in values:
            values[name] = column(admin, row)
        return values[name]

    return kept
