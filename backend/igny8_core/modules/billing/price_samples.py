"""Examples for the schema: what the addresses of prices answer."""

from __future__ import annotations

from typing import Any, Final

ESTIMATED: Final[dict[str, Any]] = {
    "as_of": "2026-12-01T00:00:00Z",
    "usage": {"input_tokens": 1},
    "models": [],
}
RECORDED: Final[list[dict[str, Any]]] = []
COMPARED: Final[dict[str, Any]] = {}
