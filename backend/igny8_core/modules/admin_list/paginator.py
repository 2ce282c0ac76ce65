"""Pages of a list that nobody counts to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED: Final = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than `most_counted` rows, and has no page beyond them: who needs more narrows the list."""

    template_name = "admin_list/pagination.html"
    most_counted = MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        """The rows, or one more than are counted."""
        rows = cast("QuerySet[Any]", self.object_list)
        # Without the order, the smallest index will do.
        return rows.order_by()[: self.most_counted + 1].count()

    @property
    def count(self) -> int:
        return min(self._counted, self.most_counted)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that were not counted."""
        return self._counted > self.most_counted

    @property
    def described(self) -> str:
        """How many there are, as people write it."""
        return f"More than {self.count:,}" if self.has_more else f"{self.count:,}"

    def get_elided_page_range(
        self, number: int | float | str = 1, *, on_each_side: int = 1, on_ends: int = 1
    ) -> Iterator[int | str]:
        """Few enough to fit on a telephone."""
        return super().get_elided_page_range(number, on_each_side=on_each_side, on_ends=on_ends)
