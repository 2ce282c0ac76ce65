"""How the emulator counts when no script says otherwise."""

from collections.abc import Mapping
from typing import Any

from igny8_core.ai.emulator.answer import Json
from igny8_core.ai.emulator.scripts import merged

BYTES_A_TOKEN = 4


def estimated_tokens(text: str) -> int:
    """One token for every four UTF-8 bytes begun, and at least one."""
    return max(1, -(-len(text.encode()) // BYTES_A_TOKEN))


def scripted(usage: Json, over: Mapping[str, Any] | None, *, summed: tuple[str, str]) -> Json | None:
    """The usage with the script's fields; the total follows the two parts unless the script names it."""
    if over is None:
        return None
    result = merged(usage, over)
    parts = [result[part] for part in summed]
    if "total_tokens" not in over and all(type(part) is int for part in parts):
        result["total_tokens"] = sum(parts)
    return result
