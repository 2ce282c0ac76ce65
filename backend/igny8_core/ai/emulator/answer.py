"""What a dialect is given and what it gives back: values only, so that a dialect does no input or output."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a dialect; `path` is without its `/as/<name>`, and header names are in lower case."""

    serial: str
    received_at: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def origin(self) -> str:
        """Where the caller reached the emulator, for links that point back at it."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply before any fault: a whole body is one part, a stream is one part for each event."""

    status: int
    parts: tuple[bytes, ...]
    streamed: bool = False
    content_type: str = "application/json"
    usage: Json | None = None


def dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
