"""The record of what the emulator was asked and what it said."""

import json
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from igny8_core.ai.emulator.answer import Json

KEPT_ENTRIES = 100_000


@dataclass(slots=True)
class Tally:
    """How many requests a name has received since it was last cleared, and how many were answered whole."""

    received: int = 0
    completed: int = 0


@dataclass(slots=True)
class Entry:
    """One request. `usage` is what its answer carries, and stays when a fault keeps it from arriving."""

    id: str
    name: str
    method: str
    path: str
    authorization: str | None
    # Kept as bytes: a tenth of the memory of the parsed form, and most entries are never read.
    body: bytes
    # Its own, so that finishing after a clear does not count towards what came since.
    tally: Tally = field(default_factory=Tally)
    at: float = field(default_factory=time.time)
    status: int | None = None
    usage: Json | None = None
    completed: bool = False

    def complete(self) -> None:
        self.completed = True
        self.tally.completed += 1

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "at": datetime.fromtimestamp(self.at, tz=UTC).isoformat(),
            "name": self.name,
            "method": self.method,
            "path": self.path,
            "authorization": self.authorization,
            "body": _readable(self.body),
            "status": self.status,
            "usage": self.usage,
            "completed": self.completed,
        }


class Journal:
    """The last 100,000 entries in order of arrival; the counts go on past that number."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._tallies: dict[str, Tally] = {}

    def add(self, entry: Entry) -> None:
        entry.tally = self._tallies.setdefault(entry.name, entry.tally)
        entry.tally.received += 1
        self._entries.append(entry)

    def entries(self, *, name: str | None = None, limit: int | None = None) -> list[Entry]:
        """The newest `limit` entries, oldest first."""
        newest_first = (entry for entry in reversed(self._entries) if name in (None, entry.name))
        return list(islice(newest_first, limit))[::-1]

    def count(self, *, name: str | None = None) -> dict[str, int]:
        tallies = [tally for each, tally in self._tallies.items() if name in (None, each)]
        return {
            "received": sum(tally.received for tally in tallies),
            "completed": sum(tally.completed for tally in tallies),
        }

    def clear(self, *, name: str | None = None) -> None:
        kept = () if name is None else (entry for entry in self._entries if entry.name != name)
        self._entries = deque(kept, maxlen=KEPT_ENTRIES)
        if name is None:
            self._tallies.clear()
        else:
            self._tallies.pop(name, None)


def masked(authorization: str | None) -> str | None:
    """The last four characters only: enough to tell two keys apart, useless to a thief."""
    return None if authorization is None else f"…{authorization[-4:]}"


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
