"""What an address or a form calls a row by."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.admin.widgets import AutocompleteSelect

LARGEST_ID: Final = 2**63 - 1
MOST_DIGITS: Final = len(str(LARGEST_ID))


def is_id(value: str) -> bool:
    """Whether a row could have this id."""
    return value.isdecimal() and len(value) <= MOST_DIGITS and int(value) <= LARGEST_ID


class RowSelect(AutocompleteSelect):
    """Offers no row for what cannot be an id, where Django's own fails: an address can fill in any text."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if is_id(str(each))], attr)
