"""How an answer reaches the caller, faults included: late, cut, or mangled."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from igny8_core.ai.emulator.answer import Answer
from igny8_core.ai.emulator.scripts import Script

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Caller:
    """The other end of one request."""

    receive: Receive
    send: Send


async def deliver(
    *,
    answer: Answer,
    script: Script,
    serial: str,
    caller: Caller,
    completed: Callable[[], None],
) -> None:
    """Send the answer as the script says; call `completed` if all of it goes out and the caller is there.

    The request's body must have been read, so that the next thing to receive is the caller's leaving.
    """
    whole = tuple(map(_halved, answer.parts)) if script.malformed else answer.parts
    parts = _cut(whole, script)
    is_cut = parts != whole
    leaving = _Leaving(caller) if script.delay_ms or answer.streamed else None
    try:
        if leaving and await leaving.within(script.delay_ms):
            return
        length = None if answer.streamed or (is_cut and script.end_cleanly) else sum(map(len, whole))
        await caller.send(_start(answer, script, serial, length))
        # A cut leaves the body unfinished, which makes the server drop the connection.
        ends = not is_cut or script.end_cleanly
        for index, part in enumerate(parts):
            if leaving and index and await leaving.within(script.event_delay_ms):
                return
            is_last = index == len(parts) - 1
            if is_last and not is_cut:
                # Before the last byte, so that a caller who has it all finds it in the journal.
                completed()
            await caller.send(
                {"type": "http.response.body", "body": part, "more_body": not (is_last and ends)}
            )
    finally:
        if leaving:
            leaving.stop_watching()


class _Leaving:
    """Watches for the caller's leaving, which ASGI tells only to those who ask."""

    def __init__(self, caller: Caller) -> None:
        self._watch = asyncio.ensure_future(caller.receive())

    async def within(self, ms: float) -> bool:
        """Wait so long; true at once when the caller leaves."""
        await asyncio.wait({self._watch}, timeout=ms / 1000)
        return self._watch.done()

    def stop_watching(self) -> None:
        self._watch.cancel()


def _start(answer: Answer, script: Script, serial: str, length: int | None) -> Message:
    headers = {"content-type": answer.content_type, "x-request-id": f"req_{serial}"}
    if length is not None:
        headers["content-length"] = str(length)
    if script.retry_after is not None:
        headers["retry-after"] = str(script.retry_after)
    headers |= {name.lower(): value for name, value in script.headers.items()}
    return {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }


def _cut(parts: tuple[bytes, ...], script: Script) -> tuple[bytes, ...]:
    """The parts that are sent. A cut to nothing is one empty part: the head of the answer still goes out."""
    kept = parts[: script.cut_after_events]
    if script.cut_after_bytes is not None:
        left, kept_bytes = script.cut_after_bytes, []
        for part in kept:
            kept_bytes.append(part[:left])
            left -= len(kept_bytes[-1])
            if not left:
                break
        kept = tuple(kept_bytes)
    return kept or (b"",)


def _halved(part: bytes) -> bytes:
    """The first half: never JSON, and in a stream still an event of its own."""
    return part[: len(part) // 2] + (b"\n\n" if part.endswith(b"\n\n") else b"")
