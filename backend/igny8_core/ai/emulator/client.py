"""How tests and scripts talk to a running emulator."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """Requests since the name was last cleared; `completed` were answered whole to a caller who stayed."""

    received: int
    completed: int


class EmulatorError(Exception):
    """The emulator refused an instruction; the message is its own."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator. Names separate its callers: each has its own scripts, journal and count."""

    url: str

    def base_url(self, name: str) -> str:
        """What to give a provider row or an SDK as its base URL."""
        return f"{self.url}/as/{_segment(name)}/v1"

    def script(self, name: str, script: Fields | Sequence[Fields]) -> None:
        """Answer what comes to `name` so: all by one script, or by a list in turn, its last for ever."""
        self._ask("PUT", f"/scripts/{_segment(name)}", script)

    def journal(self, name: str | None = None, *, limit: int | None = None) -> list[dict[str, Any]]:
        """The newest `limit` requests, oldest first."""
        entries: list[dict[str, Any]] = self._ask("GET", "/journal" + _query(name=name, limit=limit))
        return entries

    def count(self, name: str | None = None) -> Count:
        return Count(**self._ask("GET", "/journal/count" + _query(name=name)))

    def clear(self, name: str | None = None) -> None:
        """Empty the journal and the count; scripts stay."""
        self._ask("DELETE", "/journal" + _query(name=name))

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        # http.client, because urllib.request would send a loopback request to a configured proxy.
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise EmulatorError(answer["error"]["message"])
        return answer


def _segment(name: str) -> str:
    if not name or "/" in name:
        raise ValueError(f"'{name}' is not a name for the emulator: it is one segment of a path, without '/'")
    return quote(name, safe="")


def _query(**parameters: str | int | None) -> str:
    given = {key: value for key, value in parameters.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""
