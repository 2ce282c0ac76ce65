"""Filters whose choices are known without reading the table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    DropdownFilter,
    RangeDateTimeFilter,
    TextFilter,
)

from igny8_core.modules.admin_list.row_id import is_id


class AccountFilter(AutocompleteSelectFilter):
    """Asks for accounts as one types: there may be ten thousand."""

    @property
    def account_id(self) -> int | None:
        """None where no account was chosen."""
        value = self.value()
        if not value:
            return None
        if not is_id(value):
            raise IncorrectLookupParameters(f"'{value}' is not the id of an account")
        return int(value)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        account_id = self.account_id
        return queryset if account_id is None else queryset.filter(account_id=account_id)


class ChoiceFilter(DropdownFilter):
    """One of a few values of `parameter_name`, a column."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class ExactTextFilter(TextFilter):
    """The whole text of `parameter_name`, a column."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = (self.value() or "").strip()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class MomentFilter(RangeDateTimeFilter):
    """From and to, in UTC. A date without a time means the whole day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        bounds = {}
        if start := self._moment("from", "00:00:00"):
            bounds[f"{self.field_path}__gte"] = start
        if end := self._moment("to", "23:59:59"):
            bounds[f"{self.field_path}__lte"] = end
        return queryset.filter(**bounds)

    def _moment(self, end: str, time: str) -> datetime | None:
        day = self.used_parameters.get(f"{self.parameter_name}_{end}_0")
        if not day:
            return None
        clock = self.used_parameters.get(f"{self.parameter_name}_{end}_1") or time
        if end == "to" and "." not in clock:
            # To the end of the second that was named.
            clock += ".999999"
        try:
            return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
        except ValueError as error:
            raise IncorrectLookupParameters(
                f"'{day} {clock}' is not a time; write 2026-12-31 23:59:59"
            ) from error


def choice_filter(field: str, title: str, choices: Iterable[tuple[str, str]]) -> type[ChoiceFilter]:
    """A filter of a column with these (value, label)s."""
    known = tuple(choices)

    class Filter(ChoiceFilter):
        parameter_name: ClassVar[str] = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
            return known

    Filter.title = title
    return Filter


def text_filter(field: str, title: str) -> type[ExactTextFilter]:
    """A filter of a column by its whole text."""

    class Filter(ExactTextFilter):
        parameter_name: ClassVar[str] = field

    Filter.title = title
    return Filter
