"""What an address or a form calls a row by."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest
from django.http import HttpRequest

LARGEST_ID: Final = 2**63 - 1
MOST_DIGITS: Final = len(str(LARGEST_ID))


def is_id(value: str) -> bool:
    """Whether a row could have this id."""
    return value.isdecimal() and len(value) <= MOST_DIGITS and int(value) <= LARGEST_ID


def check_chosen(request: HttpRequest) -> None:
    """Raises BadRequest where an action is asked for what no row of a list can be."""
    for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
        if not is_id(chosen):
            raise BadRequest(f"{chosen[:40]!r} is no row of this list")


class RowSelect(AutocompleteSelect):
    """Offers no row for what cannot be an id, where Django's own fails: an address can fill in any text."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if is_id(str(each))], attr)
