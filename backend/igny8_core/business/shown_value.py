"""A value that somebody sent, as a message for people shows it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

WORDS: Final = {None: "null", True: "true", False: "false"}


def shown_value(value: object, most: int = 80) -> str:
    """As JSON has it, whatever Python calls it: `true`, `null`, `1.5`; a text stands in quotes, so that it is told from a
    number, with what is not printable spelled out. No longer than `most`."""
    return _shown(value)[:most]


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_shown(name)}: {_shown(each)}" for name, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return repr(value)
