"""The admin of a table that grows without end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.db.models import QuerySet
from django.http import HttpRequest

from igny8_core.modules.admin_base import BaseAdmin, ReadOnlyAdmin
from igny8_core.modules.admin_list.change_list import BoundedChangeList, NarrowChangeList, filter_name
from igny8_core.modules.admin_list.paginator import BoundedPaginator
from igny8_core.modules.admin_list.row_id import RowSelect, check_chosen
from igny8_core.modules.admin_list.search import NOTHING, Search


class ListAdmin(BaseAdmin):
    """A list that is not counted to its end, and can be sorted and narrowed only as its page offers."""

    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by: ClassVar[Sequence[str]] = ()
    empty_value_display = "–"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NarrowChangeList]:
        return NarrowChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        # Completing a name asks this without the form of a list's search box, which refuses NUL.
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term.replace("\x00", "")
        )
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = RowSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], **where: Any) -> Any:
        check_chosen(request)
        return super().response_action(request, queryset, **where)


class BoundedAdmin(ListAdmin, ReadOnlyAdmin):
    """`date_hierarchy` is the field of the index that serves the list newest first."""

    change_list_template = "admin_list/change_list.html"
    # Whether an index has one account's rows in the order of time.
    account_is_in_order = True
    ordering_in_account: ClassVar[tuple[str, ...] | None] = None
    served_filters: ClassVar[frozenset[str]] = frozenset({"account"})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList

    def is_served(self, spec: Any) -> bool:
        """Whether an index finds what this filter chose, however old it is."""
        return filter_name(spec) in self.served_filters or filter_name(spec) == self.date_hierarchy

    def newest_first(self, served: Sequence[Any], *, in_account: bool) -> tuple[str, ...]:
        """The order that an index has under these filters."""
        if in_account and self.ordering_in_account:
            return self.ordering_in_account
        return (f"-{self.date_hierarchy}", "-id")

    def latest_of_account(self, account_id: int) -> datetime | None:
        """When the account's newest row was written, asked where the list's own index cannot find it: an account
        that went quiet has nothing among the newest rows of all."""
        return None

    def search(self, term: str) -> Search:
        """What a term, never empty, means here."""
        return NOTHING

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        search = self.search(search_term.strip()) if search_term.strip() else None
        return (queryset.filter(search.condition) if search else queryset), False
