"""The journal as a page, for whoever runs the emulator by hand."""

import json
from collections.abc import Iterable
from html import escape

from igny8_core.ai.emulator.journal import Entry

COLUMNS = ("id", "at", "name", "method", "path", "authorization", "status", "completed", "usage", "body")
SHOWN_CHARACTERS = 300
STYLE = "body{font:14px sans-serif;margin:2em}td,th{padding:.3em;text-align:left;border-bottom:1px solid}"


def page(entries: Iterable[Entry]) -> bytes:
    """Newest first. Everything a caller sent is escaped."""
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    rows = "".join(_row(entry) for entry in entries)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Provider emulator</title>'
        f"<style>{STYLE}</style><h1>Provider emulator</h1><p>The last requests, newest first.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></html>"
    ).encode()


def _row(entry: Entry) -> str:
    shown = entry.as_json()
    cells = (shown[column] for column in COLUMNS)
    return f"<tr>{''.join(f'<td>{escape(_text(cell))}</td>' for cell in cells)}</tr>"


def _text(cell: object) -> str:
    return (cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False))[:SHOWN_CHARACTERS]
