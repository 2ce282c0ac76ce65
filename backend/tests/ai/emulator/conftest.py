"""Everything here goes over real HTTP on the loopback."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from openai import OpenAI

from igny8_core.ai.emulator.client import Emulator
from tests.emulator_fixture import emulator

# Here as well as in the plugin, so that this folder also runs by itself.
__all__ = ["emulator"]

KEY = "sk-emulator-0042"
QUESTION = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return uuid4().hex


@pytest.fixture
def sdk(emulator: Emulator, name: str) -> Iterator[OpenAI]:
    with OpenAI(api_key=KEY, base_url=emulator.base_url(name), max_retries=0, timeout=10) as client:
        yield client


class Wire:
    """Plain HTTP to one name of the emulator, without retries."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.pool = urllib3.PoolManager(retries=False, timeout=10)

    def post(self, path: str, body: object, **headers: str) -> urllib3.BaseHTTPResponse:
        """POST the JSON; a header's underscores stand for hyphens."""
        sent = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        sent |= {header.replace("_", "-"): value for header, value in headers.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.pool.request("POST", self.base_url + path, body=data, headers=sent)

    def chat(self, **changes: Any) -> urllib3.BaseHTTPResponse:
        return self.post("/chat/completions", QUESTION | changes)


@pytest.fixture
def wire(emulator: Emulator, name: str) -> Iterator[Wire]:
    wire = Wire(emulator.base_url(name))
    yield wire
    wire.pool.clear()
