"""The emulator as an ASGI application: dialects under `[/as/<name>]/v1/…`, and its own controls."""

import json
import secrets
import time
from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from igny8_core.ai.emulator import openai
from igny8_core.ai.emulator.answer import Answer, Json, Request, dumped
from igny8_core.ai.emulator.delivery import Caller, Receive, Send, deliver
from igny8_core.ai.emulator.journal import Entry, Journal, masked
from igny8_core.ai.emulator.openai_images import picture_at
from igny8_core.ai.emulator.openai_refusal import Refusal
from igny8_core.ai.emulator.page import page
from igny8_core.ai.emulator.scripts import BadScript, Script, Scripts, parsed

# The name of requests that come without `/as/<name>`.
UNNAMED = "default"
ENTRIES_ON_PAGE = 50


class EmulatorApp:
    """One journal and one set of scripts, so it must run in a single process and on a single event loop."""

    def __init__(self) -> None:
        self._journal = Journal()
        self._scripts = Scripts()
        # Random, as a provider's ids are not used again after it restarts.
        self._run = secrets.token_hex(4)
        self._numbers = count(1)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            return
        body = await _read(receive)
        if body is None:
            return
        caller = Caller(receive, send)
        control = self._control(scope["method"], scope["path"], _query(scope), body)
        if control is not None:
            await deliver(
                answer=control, script=Script(), serial="control", caller=caller, completed=_nothing
            )
            return
        name, path = _split(scope["path"])
        request = Request(
            serial=f"{self._run}{next(self._numbers):08x}",
            received_at=int(time.time()),
            method=scope["method"],
            path=path,
            headers=_headers(scope),
            body=body,
        )
        await self._answer_dialect(name=name, request=request, caller=caller)

    async def _answer_dialect(self, *, name: str, request: Request, caller: Caller) -> None:
        entry = Entry(
            id=f"req_{request.serial}",
            name=name,
            method=request.method,
            path=request.path,
            authorization=masked(request.headers.get("authorization")),
            body=request.body,
        )
        self._journal.add(entry)
        try:
            script = self._script(name, request.headers.get("x-emulate"))
            answer = openai.answer(request=request, script=script)
        except BadScript as error:
            script, answer = Script(), _bad_script(error)
        entry.status, entry.usage = answer.status, None if script.malformed else answer.usage
        await deliver(
            answer=answer,
            script=script,
            serial=request.serial,
            caller=caller,
            completed=entry.complete,
        )

    def _script(self, name: str, header: str | None) -> Script:
        """The header's script, which wins, or else the next of those put under the name."""
        if header is None:
            return self._scripts.take(name=name)
        script = parsed(_json(header))
        if script.times is not None:
            message = "script field 'times' has no meaning in a header, which serves one request"
            raise BadScript(message, field_name="times")
        return script

    def _control(self, method: str, path: str, query: dict[str, str], body: bytes) -> Answer | None:
        """The answer of one of the emulator's own paths; None when the path belongs to a dialect."""
        name = query.get("name")
        match method, path.removeprefix("/").split("/"):
            case "GET", [""]:
                newest_first = reversed(self._journal.entries(limit=ENTRIES_ON_PAGE))
                return Answer(200, (page(newest_first),), content_type="text/html; charset=utf-8")
            case "GET", ["healthz"]:
                return _ok({"status": "ok"})
            case "GET", ["journal"]:
                limit = query.get("limit", "")
                entries = self._journal.entries(name=name, limit=int(limit) if limit.isdecimal() else None)
                return _ok([entry.as_json() for entry in entries])
            case "DELETE", ["journal"]:
                self._journal.clear(name=name)
                return _ok({"status": "ok"})
            case "GET", ["journal", "count"]:
                return _ok(self._journal.count(name=name))
            case "PUT", ["scripts", scripted] if scripted:
                return self._put_scripts(scripted, body)
            case "GET", ["pictures", _] if picture := picture_at(path):
                return Answer(200, (picture,), content_type="image/png")
        return None

    def _put_scripts(self, name: str, body: bytes) -> Answer:
        try:
            self._scripts.put(name=name, value=_json(body))
        except BadScript as error:
            return _bad_script(error)
        return _ok({"status": "ok"})


async def _live(receive: Receive, send: Send) -> None:
    """The ASGI lifespan: there is nothing to prepare or to put away."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when the caller left before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _split(path: str) -> tuple[str, str]:
    """The name and the dialect's path: `/as/alice/v1/models` is alice's `/v1/models`."""
    match path.split("/", 3):
        case ["", "as", name, rest] if name:
            return name, f"/{rest}"
    return UNNAMED, path


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _query(scope: Mapping[str, Any]) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadScript(f"the script is not JSON: {error}") from error


def _ok(value: Json | list[Json]) -> Answer:
    return Answer(200, (dumped(value),))


def _bad_script(error: BadScript) -> Answer:
    return Refusal(400, str(error), param=error.field_name, code="bad_script").answer()


def _nothing() -> None:
    """Controls are not in the journal."""
