"""What the emulator remembers of what it was asked."""

from datetime import UTC, datetime

import urllib3

from igny8_core.ai.emulator.client import Count, Emulator
from igny8_core.ai.emulator.journal import Entry, Journal
from tests.ai.emulator.conftest import QUESTION, Wire


def entry(id: str, *, name: str = "alice") -> Entry:
    return Entry(id=id, name=name, method="POST", path="/v1/models", authorization=None, body=b"")


def test_it_tells_all_of_a_request_and_only_the_end_of_the_key(
    emulator: Emulator, wire: Wire, name: str
) -> None:
    began = datetime.now(tz=UTC)
    response = wire.chat()
    (told,) = emulator.journal(name)
    assert began <= datetime.fromisoformat(told.pop("at")) <= datetime.now(tz=UTC)
    assert told == {
        "id": response.headers["x-request-id"],
        "name": name,
        "method": "POST",
        "path": "/v1/chat/completions",
        "authorization": "…0042",
        "body": QUESTION,
        "status": 200,
        "usage": response.json()["usage"],
        "completed": True,
    }


def test_it_keeps_the_order_and_the_newest_are_the_limit(emulator: Emulator, wire: Wire, name: str) -> None:
    for number in (1, 2, 3):
        wire.chat(user=str(number))
    assert [told["body"]["user"] for told in emulator.journal(name)] == ["1", "2", "3"]
    assert [told["body"]["user"] for told in emulator.journal(name, limit=2)] == ["2", "3"]


def test_refused_requests_are_in_it_too(emulator: Emulator, wire: Wire, name: str) -> None:
    wire.post("/chat/completions", b"not json")
    wire.post("/nowhere", {})
    told = emulator.journal(name)
    assert [(one["path"], one["body"], one["status"]) for one in told] == [
        ("/v1/chat/completions", "not json", 400),
        ("/v1/nowhere", {}, 404),
    ]


def test_clearing_a_name_leaves_the_others(emulator: Emulator, wire: Wire, name: str) -> None:
    other = Wire(emulator.base_url(f"{name}-other"))
    wire.chat()
    other.chat()
    emulator.clear(name)
    assert (emulator.journal(name), emulator.count(name)) == ([], Count(received=0, completed=0))
    assert emulator.count(f"{name}-other") == Count(received=1, completed=1)


def test_a_request_without_a_name_is_named_default(emulator: Emulator) -> None:
    before = emulator.count("default")
    Wire(f"{emulator.url}/v1").chat(user="nameless")
    assert emulator.journal("default", limit=1)[0]["body"]["user"] == "nameless"
    assert emulator.count("default") == Count(before.received + 1, before.completed + 1)


def test_it_keeps_the_last_hundred_thousand_and_counts_them_all() -> None:
    journal = Journal()
    for number in range(100_001):
        journal.add(entry(str(number)))
    assert [one.id for one in journal.entries()] == [str(number) for number in range(1, 100_001)]
    assert journal.count(name="alice") == {"received": 100_001, "completed": 0}


def test_finishing_after_a_clear_is_not_counted() -> None:
    journal, late = Journal(), entry("1")
    journal.add(late)
    journal.clear()
    journal.add(entry("2"))
    late.complete()
    assert journal.count() == {"received": 1, "completed": 0}


def test_the_page_escapes_what_callers_sent(emulator: Emulator, wire: Wire) -> None:
    wire.chat(user="<script>alert(1)</script>")
    page = urllib3.request("GET", emulator.url)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.data.decode()
    assert "<script" not in page.data.decode()


def test_health_is_ok_and_not_in_the_journal(emulator: Emulator) -> None:
    received = emulator.count().received
    health = urllib3.request("GET", f"{emulator.url}/healthz")
    assert (health.status, health.json()) == (200, {"status": "ok"})
    assert emulator.count().received == received
