"""What the script says was used is what the official SDK reads."""

from typing import Any

import pytest
from openai import OpenAI
from openai.types import CompletionUsage

from igny8_core.ai.emulator.client import Emulator

PLAIN: dict[str, Any] = {
    "prompt_tokens": 2,
    "completion_tokens": 26,
    "total_tokens": 28,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
CACHED = {"prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0}}
REASONED = {"completion_tokens_details": PLAIN["completion_tokens_details"] | {"reasoning_tokens": 640}}


def asked(sdk: OpenAI) -> CompletionUsage | None:
    messages: Any = [{"role": "user", "content": "hello"}]
    return sdk.chat.completions.create(model="gpt-4o", messages=messages).usage


@pytest.mark.parametrize(
    ("scripted", "read"),
    [
        ({}, PLAIN),
        ({"prompt_tokens": 1500}, PLAIN | {"prompt_tokens": 1500, "total_tokens": 1526}),
        ({"completion_tokens": 700}, PLAIN | {"completion_tokens": 700, "total_tokens": 702}),
        ({"total_tokens": 9}, PLAIN | {"total_tokens": 9}),
        ({"prompt_tokens_details": {"cached_tokens": 1024}}, PLAIN | CACHED),
        ({"completion_tokens_details": {"reasoning_tokens": 640}}, PLAIN | REASONED),
        ({"prompt_tokens_details": None}, PLAIN | {"prompt_tokens_details": None}),
    ],
)
def test_each_field_is_read_as_scripted(
    emulator: Emulator, sdk: OpenAI, name: str, scripted: dict[str, Any], read: dict[str, Any]
) -> None:
    emulator.script(name, {"usage": scripted})
    usage = asked(sdk)
    assert usage is not None
    assert usage.to_dict() == read
    assert emulator.journal(name)[0]["usage"] == read


def test_a_field_the_sdk_does_not_know_arrives_too(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(name, {"usage": {"prompt_tokens_details": {"cache_write_tokens": 12}}})
    usage = asked(sdk)
    assert usage is not None
    assert usage.to_dict()["prompt_tokens_details"] == {
        "cached_tokens": 0,
        "audio_tokens": 0,
        "cache_write_tokens": 12,
    }


def test_null_leaves_usage_out(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(name, {"usage": None})
    assert asked(sdk) is None
    assert emulator.journal(name)[0]["usage"] is None
