"""Reads a usage file: CSV with a header, one call a row. Every row is checked before any is used."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from igny8_core.business.billing.usage import Usage
from igny8_core.business.content_id import content_id
from igny8_core.business.errors import InvalidRequest

LONGEST_COUNT: Final = 12


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns. The time column must exist; what it holds is only part of the row's identity."""

    timestamp: str = "TIMESTAMP"
    input_tokens: str = "ContextTokens"
    output_tokens: str = "GeneratedTokens"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """`id` names the row by its content, and equal rows by their number: sorted, split, renamed or grown, a file's
    rows keep their ids."""

    line: int
    id: UUID
    usage: Usage


def read_usage(path: Path, columns: Columns, *, source: str = "") -> Iterator[UsageRow]:
    """`source` tells apart files in which equal rows are different calls. Raises InvalidRequest for a file without rows or columns, and for a bad value: line, column and value."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from _rows(csv.reader(file), columns, source)
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest(f"{path} is not a CSV file in UTF-8: {error}") from error


def _rows(reader: Iterator[list[str]], columns: Columns, source: str) -> Iterator[UsageRow]:
    header = [name.strip() for name in next(reader, [])]
    wanted = (columns.timestamp, columns.input_tokens, columns.output_tokens)
    for name in wanted:
        if name not in header:
            raise InvalidRequest(
                f"line 1: column '{name}' is missing; columns: {', '.join(header) or 'none'}"
            )
    for name in wanted:
        if header.count(name) > 1:
            raise InvalidRequest(f"line 1: column '{name}' is there {header.count(name)} times")
    positions = [header.index(name) for name in wanted]
    seen: Counter[UUID] = Counter()
    for values in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]
        if not values:
            continue
        if len(values) != len(header):
            raise InvalidRequest(f"line {line}: {len(values)} values for {len(header)} columns")
        time, input_tokens, output_tokens = (values[position].strip() for position in positions)
        if not time:
            raise InvalidRequest(f"line {line}, column '{columns.timestamp}': '' does not tell rows apart")
        usage = Usage(
            input_tokens=_count(line, columns.input_tokens, input_tokens),
            output_tokens=_count(line, columns.output_tokens, output_tokens),
        )
        content = content_id(f"{source}\0{time}\0{usage.input_tokens}\0{usage.output_tokens}")
        seen[content] += 1
        yield UsageRow(line, content_id(f"{content}:{seen[content]}"), usage)
    if not seen:
        raise InvalidRequest("the file has no rows")


def _count(line: int, column: str, value: str) -> int:
    # isascii: int() would also take other alphabets' digits, and underscores.
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_COUNT):
        raise InvalidRequest(
            f"line {line}, column '{column}': '{value[:50]}' is not a whole number, zero or more",
            line=line,
            column=column,
            value=value[:50],
        )
    return int(value)
