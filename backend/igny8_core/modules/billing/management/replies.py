"""Reads JSON replies from a file: one document, however it is laid out, or one on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO, Final, NoReturn

# Above any reply: ten pictures in base64 are less.
MOST_BYTES: Final = 64 * 1024 * 1024
BOM: Final = b"\xef\xbb\xbf"


class NotJson(ValueError):
    """What is wrong with a text, as a sentence that names its line."""


@dataclass(frozen=True, slots=True)
class Read:
    """A value of the file, with the line that it begins on, or what is wrong there."""

    line: int
    value: Any = None
    problem: NotJson | None = None


Line = tuple[int, bytes]


def read_replies(file: BinaryIO) -> Iterator[Read]:
    """The values of a file, one at a time: of JSON lines no more than a line is kept. Raises NotJson for a file that is
    empty, or no text."""
    lines = ((number, line) for number, line in _lines(file) if line.strip())
    first = next(lines, None)
    if first is None:
        raise NotJson("there is nothing to read: the input is empty")
    number, text = first
    text = text.removeprefix(BOM)
    _check_text(number, text)
    if _is_begun(text):
        yield from _document((number, text), lines)
    else:
        yield from map(_read, chain([(number, text)], lines))


def parse_json(text: str | bytes) -> Any:
    """JSON with its decimals exact. Raises NotJson for anything else, NaN and Infinity among it."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise NotJson("is not text in UTF-8") from error
    except RecursionError as error:
        raise NotJson("is nested too deeply") from error
    except NotJson:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column" if error.lineno > 1 else "column"
        raise NotJson(f"is not JSON: {error.msg} at {where} {error.colno}") from error
    except (ValueError, ArithmeticError) as error:
        raise NotJson("has a number with too many digits") from error


def _lines(file: BinaryIO) -> Iterator[Line]:
    """Lines with their numbers; one that is too long comes cut, one byte above the most, and the rest is skipped."""
    number = 0
    while line := file.readline(MOST_BYTES + 1):
        number += 1
        yield number, line
        is_cut = len(line) > MOST_BYTES and not line.endswith(b"\n")
        while is_cut:
            more = file.readline(MOST_BYTES)
            is_cut = bool(more) and not more.endswith(b"\n")


def _read(line: Line) -> Read:
    number, text = line
    if len(text) > MOST_BYTES:
        return Read(number, problem=NotJson(f"line {number} is longer than {MOST_BYTES:,} bytes"))
    try:
        return Read(number, parse_json(text.rstrip()))
    except NotJson as error:
        return Read(number, problem=NotJson(f"line {number} {error}"))


def _is_begun(text: bytes) -> bool:
    """Whether a line only begins a document that goes on over further lines: `{` or `"usage": {`."""
    if text.rstrip()[-1:] not in b"{[,:" or len(text) > MOST_BYTES:
        return False
    try:
        parse_json(text)
    except NotJson:
        return True
    return False


def _document(first: Line, rest: Iterator[Line]) -> Iterator[Read]:
    """One document of several lines. Where it is none, and its second line is an object by itself, its lines are
    replies of which the first is broken."""
    lines, size = [first], len(first[1])
    problem = None
    for line in rest:
        lines.append(line)
        size += len(line[1])
        if size > MOST_BYTES:
            problem = NotJson(
                f"the document that begins on line {first[0]} is longer than {MOST_BYTES:,} bytes"
            )
            break
    else:
        try:
            yield Read(first[0], parse_json(_joined(lines)))
        except NotJson as error:
            problem = NotJson(f"the document that begins on line {first[0]} {error}")
    if problem is None:
        return
    if len(lines) > 1 and isinstance(_read(lines[1]).value, dict):
        yield from map(_read, chain(lines, rest))
    else:
        yield Read(first[0], problem=problem)


def _joined(lines: list[Line]) -> bytes:
    """The lines where they stood, so that a complaint names the line of the file: empty ones were left out."""
    parts, at = [], 1
    for number, text in lines:
        parts += [b"\n" * (number - at), text]
        at = number + 1
    return b"".join(parts)


def _check_text(number: int, text: bytes) -> None:
    """Raises NotJson for a file whose first line is no text: a picture, an archive, UTF-16."""
    try:
        is_text = b"\0" not in text and text.decode() is not None
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise NotJson(f"line {number} is not text in UTF-8: this is no file of JSON")


def _no_number(name: str) -> NoReturn:
    raise NotJson(f"is not JSON: {name} is no number there")
