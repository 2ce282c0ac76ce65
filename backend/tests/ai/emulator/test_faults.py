"""Answers that fail, and how the caller and the journal see it."""

import json
import time
from typing import Any

import openai
import pytest
import urllib3
from openai import OpenAI

from igny8_core.ai.emulator.client import Count, Emulator
from tests.ai.emulator.conftest import Wire


def ask(sdk: OpenAI, **changes: Any) -> Any:
    messages: Any = [{"role": "user", "content": "hello"}]
    return sdk.chat.completions.create(model="gpt-4o", messages=messages, **changes)


@pytest.mark.parametrize(
    ("status", "error", "kind", "code"),
    [
        (400, openai.BadRequestError, "invalid_request_error", None),
        (401, openai.AuthenticationError, "invalid_request_error", "invalid_api_key"),
        # The SDK has no class of its own for this one.
        (402, openai.APIStatusError, "billing_error", "billing_hard_limit_reached"),
        (403, openai.PermissionDeniedError, "permission_error", "forbidden"),
        (404, openai.NotFoundError, "invalid_request_error", "model_not_found"),
        (408, openai.APIStatusError, "timeout_error", "request_timeout"),
        (409, openai.ConflictError, "conflict_error", "conflict"),
        (413, openai.APIStatusError, "invalid_request_error", "request_too_large"),
        (429, openai.RateLimitError, "requests", "rate_limit_exceeded"),
        (500, openai.InternalServerError, "server_error", None),
        (503, openai.InternalServerError, "server_error", "service_unavailable"),
        (529, openai.InternalServerError, "overloaded_error", "overloaded"),
        (599, openai.InternalServerError, "server_error", None),
    ],
)
def test_a_status_is_an_error_of_its_kind(
    emulator: Emulator,
    sdk: OpenAI,
    name: str,
    status: int,
    error: type[openai.APIStatusError],
    kind: str,
    code: str | None,
) -> None:
    emulator.script(name, {"status": status, "error_message": "scripted"})
    with pytest.raises(openai.APIStatusError) as failed:
        ask(sdk)
    assert type(failed.value) is error
    assert failed.value.status_code == status
    assert failed.value.body == {"message": "scripted", "type": kind, "param": None, "code": code}
    (entry,) = emulator.journal(name)
    assert (entry["status"], entry["usage"], entry["completed"]) == (status, None, True)


def test_retry_after_and_other_headers_are_sent(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(
        name, {"status": 429, "retry_after": 1.5, "headers": {"X-RateLimit-Remaining-Requests": "0"}}
    )
    response = wire.chat()
    assert response.headers["retry-after"] == "1.5"
    assert response.headers["x-ratelimit-remaining-requests"] == "0"
    assert response.json()["error"]["message"] == "Rate limit reached. Please try again later."


def test_a_delay_comes_before_the_first_byte(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"delay_ms": 300})
    began = time.monotonic()
    assert wire.chat().status == 200
    assert 0.3 <= time.monotonic() - began < 2


def test_a_caller_who_leaves_during_a_delay_is_not_completed(
    emulator: Emulator, sdk: OpenAI, name: str
) -> None:
    emulator.script(name, {"delay_ms": 500})
    with pytest.raises(openai.APITimeoutError):
        ask(sdk, timeout=0.2)
    time.sleep(0.6)  # longer than the delay that is left
    assert emulator.count(name) == Count(received=1, completed=0)
    assert emulator.journal(name)[0]["completed"] is False


def test_a_caller_who_leaves_a_stream_is_not_completed(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(name, {"text": "one two three four", "event_delay_ms": 100})
    with ask(sdk, stream=True) as stream:
        assert next(iter(stream)).choices[0].delta.role == "assistant"
    time.sleep(1)  # longer than all of its events would take
    assert emulator.count(name) == Count(received=1, completed=0)


def test_a_body_cut_by_bytes_breaks_the_connection(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"cut_after_bytes": 10})
    with pytest.raises(urllib3.exceptions.ProtocolError, match="10 bytes read"):
        wire.chat()
    (entry,) = emulator.journal(name)
    assert (entry["status"], entry["usage"]["total_tokens"], entry["completed"]) == (200, 28, False)


def test_a_body_cut_to_nothing_still_has_its_head(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"cut_after_bytes": 0})
    with pytest.raises(urllib3.exceptions.ProtocolError, match="0 bytes read"):
        wire.chat()


def test_a_cut_beyond_the_end_cuts_nothing(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"cut_after_bytes": 100_000, "cut_after_events": 1})
    assert wire.chat().status == 200
    assert emulator.count(name) == Count(received=1, completed=1)


def test_a_stream_cut_by_events_breaks_the_connection(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(name, {"text": "one two three", "cut_after_events": 3})
    said = []
    with pytest.raises(openai.APIConnectionError):  # noqa: PT012 what came before the break is the point
        for chunk in ask(sdk, stream=True):
            said.append(chunk.choices[0].delta.content)
    assert said == ["", "one", " two"]
    assert emulator.count(name) == Count(received=1, completed=0)


def test_a_stream_that_ends_cleanly_but_early_raises_nothing_in_the_sdk(
    emulator: Emulator, sdk: OpenAI, name: str
) -> None:
    emulator.script(name, {"text": "one two three", "cut_after_events": 3, "end_cleanly": True})
    chunks = list(ask(sdk, stream=True))
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["", "one", " two"]
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None, None, None]
    assert emulator.count(name) == Count(received=1, completed=0)


def test_a_stream_without_a_finish_reason_can_be_scripted(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(name, {"text": "one", "finish_reason": None})
    assert [chunk.choices[0].finish_reason for chunk in ask(sdk, stream=True)] == [None, None, None]


def test_a_malformed_body_is_not_json(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"malformed": True})
    response = wire.chat()
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert emulator.journal(name)[0]["usage"] is None


def test_malformed_events_are_not_json(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(name, {"malformed": True})
    with pytest.raises(json.JSONDecodeError):
        list(ask(sdk, stream=True))


@pytest.mark.parametrize("authorization", ["", "Basic c2VjcmV0", "Bearer", "Bearer "])
def test_a_missing_key_is_refused(emulator: Emulator, wire: Wire, name: str, authorization: str) -> None:
    response = wire.post("/chat/completions", {}, authorization=authorization)
    assert response.status == 401
    assert response.json() == {
        "error": {
            "message": "You didn't provide an API key. You need to provide your API key in an Authorization "
            "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
    }


def test_an_unknown_path_and_a_wrong_method_are_refused(wire: Wire) -> None:
    unknown, wrong = wire.post("/nowhere", {}), wire.post("/models", {})
    assert (unknown.status, unknown.json()["error"]["message"]) == (404, "Invalid URL (POST /v1/nowhere)")
    assert (wrong.status, wrong.json()["error"]["code"]) == (405, "method_not_supported")


def test_the_models_are_listed(sdk: OpenAI) -> None:
    assert [model.id for model in sdk.models.list()] == [
        "gpt-4.1",
        "gpt-4o",
        "gpt-4o-mini",
        "gpt-5.1",
        "gpt-5.2",
        "dall-e-2",
        "dall-e-3",
        "gpt-image-1",
        "gpt-image-1-mini",
    ]
