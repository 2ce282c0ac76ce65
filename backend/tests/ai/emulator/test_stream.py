"""A chat completion answered as a stream."""

import json

from openai import OpenAI

from igny8_core.ai.emulator.client import Emulator
from tests.ai.emulator.conftest import Wire


def events(body: bytes) -> list[str]:
    return [event.removeprefix("data: ") for event in body.decode().split("\n\n") if event]


def test_it_tells_the_role_the_words_the_reason_and_the_end(
    emulator: Emulator, wire: Wire, name: str
) -> None:
    emulator.script(name, {"text": "one two"})
    response = wire.chat(stream=True)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    *told, last = events(response.data)
    chunks = [json.loads(chunk) for chunk in told]
    assert last == "[DONE]"
    assert [chunk["choices"] for chunk in chunks] == [
        [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
        for delta, reason in (
            ({"role": "assistant", "content": "", "refusal": None}, None),
            ({"content": "one"}, None),
            ({"content": " two"}, None),
            ({}, "stop"),
        )
    ]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {f"req_{chunk['id'].removeprefix('chatcmpl-')}" for chunk in chunks} == {
        response.headers["x-request-id"]
    }


def test_without_include_usage_no_chunk_speaks_of_usage(emulator: Emulator, wire: Wire, name: str) -> None:
    *told, _ = events(wire.chat(stream=True).data)
    assert ["usage" in json.loads(chunk) for chunk in told] == [False] * len(told)
    assert emulator.journal(name)[0]["usage"] is None


def test_with_include_usage_the_last_chunk_has_it_and_no_choices(
    emulator: Emulator, wire: Wire, name: str
) -> None:
    emulator.script(name, {"text": "one two", "usage": {"prompt_tokens_details": {"cached_tokens": 1}}})
    *told, _ = events(wire.chat(stream=True, stream_options={"include_usage": True}).data)
    *before, last = [json.loads(chunk) for chunk in told]
    assert [chunk["usage"] for chunk in before] == [None, None, None, None]
    assert last["choices"] == []
    assert last["usage"] == {
        "prompt_tokens": 2,
        "completion_tokens": 2,
        "total_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    assert emulator.journal(name)[0]["usage"] == last["usage"]


def test_usage_scripted_away_is_missing_though_asked_for(emulator: Emulator, wire: Wire, name: str) -> None:
    emulator.script(name, {"text": "one", "usage": None})
    *told, last = events(wire.chat(stream=True, stream_options={"include_usage": True}).data)
    assert [json.loads(chunk)["usage"] for chunk in told] == [None, None, None]
    assert last == "[DONE]"


def test_streamed_and_whole_say_the_same_through_the_sdk(sdk: OpenAI) -> None:
    whole = sdk.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "hello"}], n=2, max_tokens=9
    )
    said = ["", ""]
    reasons: list[str | None] = [None, None]
    usage = None
    for chunk in sdk.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": "hello"}],
        n=2,
        max_tokens=9,
        stream=True,
        stream_options={"include_usage": True},
    ):
        usage = chunk.usage
        for choice in chunk.choices:
            said[choice.index] += choice.delta.content or ""
            reasons[choice.index] = choice.finish_reason
    assert said == [choice.message.content for choice in whole.choices]
    assert reasons == ["length", "length"]
    assert usage == whole.usage
