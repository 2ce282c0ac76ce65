"""What a test tells the emulator to answer, request by request."""

import math
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from igny8_core.ai.emulator.answer import Json

# A finish reason no provider uses: "whatever this answer would really end with".
NATURAL = "natural"


class BadScript(ValueError):
    """A script that cannot be followed; the message names the field, its value and what is allowed."""

    def __init__(self, message: str, *, field_name: str | None = None) -> None:
        super().__init__(message)
        self.field_name = field_name


@dataclass(frozen=True, slots=True)
class Script:
    """How one request is answered. Every field is optional; the defaults are an ordinary answer."""

    # What is said.
    text: str | None = None
    usage: Mapping[str, Any] | None = field(default_factory=dict)  # None: the answer has no usage
    finish_reason: str | None = NATURAL
    reply: Mapping[str, Any] = field(default_factory=dict)  # merged into the answer, e.g. service_tier
    # An error instead.
    status: int | None = None
    error_message: str | None = None
    retry_after: float | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # How it arrives.
    delay_ms: float = 0
    event_delay_ms: float = 0
    cut_after_bytes: int | None = None
    cut_after_events: int | None = None
    end_cleanly: bool = False  # a cut ends the body properly, as a proxy that gave up does
    malformed: bool = False
    # For how many requests.
    times: int | None = None


class Scripts:
    """The scripts by name, and whose turn it is."""

    def __init__(self) -> None:
        self._turns: dict[str, deque[tuple[Script, int | None]]] = {}

    def put(self, *, name: str, value: object) -> None:
        """Start `name` anew with one script or a list.

        A script acts `times` times. Without it the last one acts for ever and the others once.
        """
        scripts = [parsed(item) for item in (value if isinstance(value, list) else [value])]
        if not scripts:
            raise BadScript("the list of scripts is empty; give at least one")
        turns = deque((script, script.times or 1) for script in scripts[:-1])
        self._turns[name] = deque([*turns, (scripts[-1], scripts[-1].times)])

    def take(self, *, name: str) -> Script:
        """The script of the next request to `name`."""
        turns = self._turns.get(name)
        if not turns:
            return Script()
        script, left = turns.popleft()
        if left is None or left > 1:
            turns.appendleft((script, left and left - 1))
        return script


def parsed(value: object) -> Script:
    """A script from its JSON object; raises BadScript."""
    if not isinstance(value, dict):
        raise BadScript(f"a script is a JSON object, not {_shown(value)}; its fields: {', '.join(FIELDS)}")
    for name, given in value.items():
        if name not in FIELDS:
            raise BadScript(f"unknown script field '{name}'; allowed: {', '.join(FIELDS)}", field_name=name)
        allowed, described = RULES[name]
        if not allowed(given):
            raise BadScript(
                f"script field '{name}' is {_shown(given)}; it must be {described}", field_name=name
            )
    return Script(**value)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Json:
    """`base` with the fields of `over` in place of its own, objects within objects alike."""
    result = dict(base)
    for key, value in over.items():
        under = result.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            result[key] = merged(under, value)
        else:
            result[key] = value
    return result


def _shown(value: object) -> str:
    return repr(value)[:80]


def _text(value: object) -> bool:
    return isinstance(value, str)


def _object(value: object) -> bool:
    return isinstance(value, dict)


def _whole(value: object, *, least: int = 0, most: float = math.inf) -> bool:
    # In Python True is the integer 1, and a script that says `"times": true` is a mistake.
    return type(value) is int and least <= value <= most


def _duration(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf  # type: ignore[operator]


def _header_value(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _headers(value: object) -> bool:
    return isinstance(value, dict) and all(
        HEADER_NAME.fullmatch(name) and _header_value(content) for name, content in value.items()
    )


HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
FIELDS = tuple(each.name for each in fields(Script))
RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "text": (_text, "a string"),
    "usage": (lambda value: value is None or _object(value), "an object, or null for no usage"),
    "finish_reason": (lambda value: value is None or _text(value), "a string, or null for none"),
    "reply": (_object, "an object"),
    "status": (lambda value: _whole(value, least=400, most=599), "an HTTP error status, 400 to 599"),
    "error_message": (_text, "a string"),
    "retry_after": (lambda value: _duration(value) or _header_value(value), "seconds, or an HTTP date"),
    "headers": (_headers, "an object of header names to strings in printable ASCII"),
    "delay_ms": (_duration, "a number of milliseconds, 0 or more"),
    "event_delay_ms": (_duration, "a number of milliseconds, 0 or more"),
    "cut_after_bytes": (_whole, "a whole number, 0 or more"),
    "cut_after_events": (_whole, "a whole number, 0 or more"),
    "end_cleanly": (lambda value: isinstance(value, bool), "true or false"),
    "malformed": (lambda value: isinstance(value, bool), "true or false"),
    "times": (lambda value: _whole(value, least=1), "a whole number, 1 or more"),
}
