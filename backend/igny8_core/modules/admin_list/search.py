"""What the search box of a list was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Search:
    """`is_served`: an index finds the rows, however old they are. `account_id` where they are all of one account."""

    condition: Q
    is_served: bool = True
    account_id: int | None = None


EVERYTHING = Search(Q())
NOTHING = Search(Q(pk__in=()))
