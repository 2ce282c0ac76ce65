"""The two shapes of every answer below /api/v1/."""

from __future__ import annotations

from typing import Any, Final

from igny8_core.business.credits.ledger import storable

SHOWN_CHARACTERS: Final = 200


def success(message: str, data: Any, meta: dict[str, Any] | None = None) -> dict[str, Any]:
    """`meta` says which part of a longer list `data` is."""
    answer = {"success": True, "message": message, "data": data}
    return answer if meta is None else answer | {"meta": meta}


def failure(message: str, code: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"success": False, "message": message, "error": {"code": code, "details": details}}


def shown(value: object) -> str:
    """What a caller sent, fit to be shown back: short, and without what UTF-8 cannot carry."""
    text: str = storable(str(value))
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
