"""Whose turn it is, and which scripts are refused."""

import json
from typing import Any

import pytest

from igny8_core.ai.emulator.client import Count, Emulator, EmulatorError
from tests.ai.emulator.conftest import QUESTION, Wire

FIELDS = (
    "text, usage, finish_reason, reply, status, error_message, retry_after, headers, delay_ms, "
    "event_delay_ms, cut_after_bytes, cut_after_events, end_cleanly, malformed, times"
)


def statuses(wire: Wire, number: int) -> list[int]:
    return [wire.chat().status for _ in range(number)]


def test_one_script_acts_for_ever(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"status": 500})
    assert statuses(wire, 4) == [500, 500, 500, 500]


def test_times_limits_it_to_the_first_requests(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"status": 500, "times": 2})
    assert statuses(wire, 4) == [500, 500, 200, 200]


def test_a_list_takes_turns_and_its_last_repeats(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, [{"status": 429}, {}, {"status": 503}])
    assert statuses(wire, 4) == [429, 200, 503, 503]


def test_times_within_a_list_lengthens_a_turn(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, [{"status": 429, "times": 2}, {"status": 500, "times": 1}])
    assert statuses(wire, 4) == [429, 429, 500, 200]


def test_a_new_script_starts_anew(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"status": 500})
    emulator.script(name, {})
    assert statuses(wire, 1) == [200]


def test_a_name_is_not_touched_by_the_script_of_another(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(f"{name}-other", {"status": 500})
    assert statuses(wire, 1) == [200]
    assert emulator.count(f"{name}-other") == Count(received=0, completed=0)


def test_the_header_wins_and_takes_no_turn(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, [{"status": 429}, {"status": 503}])
    answered = wire.post("/chat/completions", QUESTION, x_emulate='{"status": 418}')
    assert answered.status == 418
    assert statuses(wire, 2) == [429, 503]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ({"txet": "hi"}, f"unknown script field 'txet'; allowed: {FIELDS}"),
        ({"status": 200}, "script field 'status' is 200; it must be an HTTP error status, 400 to 599"),
        ({"text": 1}, "script field 'text' is 1; it must be a string"),
        ({"usage": []}, "script field 'usage' is []; it must be an object, or null for no usage"),
        ({"finish_reason": 1}, "script field 'finish_reason' is 1; it must be a string, or null for none"),
        ({"reply": None}, "script field 'reply' is None; it must be an object"),
        ({"retry_after": -1}, "script field 'retry_after' is -1; it must be seconds, or an HTTP date"),
        (
            {"headers": {"a b": "c"}},
            "script field 'headers' is {'a b': 'c'}; "
            "it must be an object of header names to strings in printable ASCII",
        ),
        (
            {"delay_ms": True},
            "script field 'delay_ms' is True; it must be a number of milliseconds, 0 or more",
        ),
        (
            {"cut_after_bytes": 1.5},
            "script field 'cut_after_bytes' is 1.5; it must be a whole number, 0 or more",
        ),
        ({"malformed": 1}, "script field 'malformed' is 1; it must be true or false"),
        ({"times": 0}, "script field 'times' is 0; it must be a whole number, 1 or more"),
        ([], "the list of scripts is empty; give at least one"),
        ([{}, "hi"], f"a script is a JSON object, not 'hi'; its fields: {FIELDS}"),
    ],
)
def test_a_bad_script_is_refused_and_changes_nothing(
    emulator: Emulator, wire: Wire, name: str, script: Any, message: str
) -> None:
    emulator.script(name, {"status": 500})
    with pytest.raises(EmulatorError) as refused:
        emulator.script(name, script)
    assert str(refused.value) == message
    assert statuses(wire, 1) == [500]


@pytest.mark.parametrize(
    ("header", "param", "message"),
    [
        ('{"txet": "hi"}', "txet", f"unknown script field 'txet'; allowed: {FIELDS}"),
        (
            '{"times": 1}',
            "times",
            "script field 'times' has no meaning in a header, which serves one request",
        ),
        ("", None, "the script is not JSON: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_bad_header_is_refused_and_takes_no_turn(
    emulator: Emulator, wire: Wire, name: str, header: str, param: str | None, message: str
) -> None:
    emulator.script(name, {"status": 500, "times": 1})
    refused = wire.post("/chat/completions", QUESTION, x_emulate=header)
    assert refused.status == 400
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": "bad_script"}
    assert json.loads(refused.data) == {"error": error}
    assert statuses(wire, 2) == [500, 200]


@pytest.mark.parametrize("name", ["", "a/b"])
def test_a_name_is_one_segment_of_a_path(emulator: Emulator, name: str) -> None:
    with pytest.raises(ValueError, match="is not a name for the emulator"):
        emulator.base_url(name)
