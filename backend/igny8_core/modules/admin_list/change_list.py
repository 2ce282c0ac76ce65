"""A list of a table that grows without end: whatever is asked of it, it reads a bounded number of rows.

What an index serves (time, account, a rare state) is found however old it is. Anything else is looked for in the
newest LOOKED_THROUGH rows of what the index serves, and the page says how far back that was and offers to go on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import capfirst
from unfold.views import ChangeList

from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.drill_down import DrillDown, Parts, drill_down
from igny8_core.modules.admin_list.filters import AccountFilter
from igny8_core.modules.admin_list.search import EVERYTHING, Search

LOOKED_THROUGH: Final = 50_000


class NarrowChangeList(ChangeList):
    """Can be sorted and narrowed only as its page offers: any other column would be read from end to end."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.title = capfirst(self.opts.verbose_name_plural)

    def get_filters(self, request: HttpRequest) -> Any:
        if any("\x00" in value for values in self.filter_params.values() for value in values):
            raise IncorrectLookupParameters("a text cannot contain NUL")
        try:
            found = super().get_filters(request)
        except (ValueError, OverflowError) as error:
            # A year that no calendar has.
            raise IncorrectLookupParameters(error) from error
        # What was asked and no filter took. The dates that the drill-down chose were not asked by these names.
        left = found[2].keys() & self.filter_params.keys()
        if left:
            raise IncorrectLookupParameters(f"this list cannot be narrowed by {', '.join(sorted(left))}")
        return found

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # Unfold writes how many there are into the header, unless that is all; the pager knows whether it is.
        self.full_result_count = self.result_count

    def get_ordering_field(self, field_name: Any) -> Any:
        if self.sortable_by is not None and field_name not in self.sortable_by:
            return None
        return super().get_ordering_field(field_name)


class BoundedChangeList(NarrowChangeList):
    """Its admin is a BoundedAdmin."""

    looked_through = LOOKED_THROUGH

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        self.filter_specs, self.has_filters, dates, _, self.has_active_filters = self.get_filters(request)
        self.clear_all_filters_qs = self.get_query_string(new_params=dates, remove=self.get_filters_params())
        term = self.query.strip()
        search: Search = self.model_admin.search(term) if term else EVERYTHING
        active = [spec for spec in self.filter_specs if is_active(spec)]
        served = [spec for spec in active if self.model_admin.is_served(spec)]
        others = [spec for spec in active if spec not in served]
        by_account = [spec for spec in served if isinstance(spec, AccountFilter)]
        account_id = by_account[0].account_id if by_account else search.account_id

        order = self.model_admin.newest_first(served, in_account=account_id is not None)
        whole = self.root_queryset.filter(build_q_object_from_lookup_parameters(dates)).order_by(*order)
        if account_id is not None and (latest := self.model_admin.latest_of_account(account_id)):
            whole = whole.filter(**{f"{self.date_hierarchy}__lte": latest})
        whole = narrowed(whole, request, [spec for spec in served if spec not in by_account])
        queryset = narrowed(whole, request, by_account)
        if search.is_served:
            queryset = queryset.filter(search.condition)
        self.looked_back_to: datetime | None = None
        if others or not search.is_served:
            self.looked_back_to = self._look_back(queryset, None if account_id is None else whole)
            if self.looked_back_to is not None:
                queryset = queryset.filter(**{f"{self.date_hierarchy}__gt": self.looked_back_to})
        queryset = narrowed(queryset, request, others)
        if not search.is_served:
            queryset = queryset.filter(search.condition)
        selected: QuerySet[Any] = self.apply_select_related(queryset)
        return selected

    def _look_back(self, queryset: QuerySet[Any], whole: QuerySet[Any] | None) -> datetime | None:
        """When the newest row was written that is not looked through; None where all are. `whole` are the rows of every
        account: where one account's are in no order of time, a large one's are looked for among them."""
        if whole is not None and not self.model_admin.account_is_in_order:
            if queryset.order_by()[: self.looked_through + 1].count() <= self.looked_through:
                return None
            queryset = whole
        times = queryset.values_list(self.date_hierarchy, flat=True)
        return next(iter(times[self.looked_through : self.looked_through + 1]), None)

    @property
    def further_back_url(self) -> str | None:
        """The same question of the rows before those that were looked through, if the page could not be filled."""
        if self.looked_back_to is None or self.paginator.has_more:
            return None
        until = self.looked_back_to.astimezone(UTC)
        return str(
            self.get_query_string(
                {
                    f"{self.date_hierarchy}_to_0": f"{until:%Y-%m-%d}",
                    f"{self.date_hierarchy}_to_1": f"{until:%H:%M:%S.%f}",
                }
            )
        )

    @property
    def looked_through_text(self) -> str:
        return f"{self.looked_through:,}"

    @property
    def looked_back_text(self) -> str:
        return cells.moment(self.looked_back_to)

    @cached_property
    def drill_down(self) -> DrillDown | None:
        """None for an empty table."""
        field = self.date_hierarchy
        ends = self.root_queryset.order_by().aggregate(first=Min(field), last=Max(field))
        if ends["first"] is None:
            return None
        chosen = {}
        for part in ("year", "month", "day"):
            if value := self.params.get(f"{field}__{part}"):
                chosen[part] = int(value)
        return drill_down(
            first=ends["first"].astimezone(UTC).date(),
            last=ends["last"].astimezone(UTC).date(),
            chosen=chosen,
            url=self._url_at,
        )

    def _url_at(self, parts: Parts) -> str:
        params = {
            name: value
            for name, value in self.filter_params.items()
            if not name.startswith(f"{self.date_hierarchy}__")
        }
        dates = {f"{self.date_hierarchy}__{part}": value for part, value in parts.items()}
        return "?" + urlencode(sorted({**params, **dates}.items()), doseq=True)


def filter_name(spec: Any) -> str:
    """The field or parameter that a filter is about."""
    return str(getattr(spec, "field_path", None) or spec.parameter_name)


def is_active(spec: Any) -> bool:
    """Whether anything was chosen. A form that is sent whole sends what was left empty, too."""
    values = (value for value in spec.used_parameters.values())
    return any(item for value in values for item in (value if isinstance(value, list) else [value]))


def narrowed(queryset: QuerySet[Any], request: HttpRequest, specs: list[Any]) -> QuerySet[Any]:
    for spec in specs:
        queryset = spec.queryset(request, queryset)
    return queryset
