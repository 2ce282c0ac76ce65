"""A chat completion answered whole."""

import re

import pytest
from openai import BadRequestError, OpenAI

from igny8_core.ai.emulator.client import Emulator
from tests.ai.emulator.conftest import QUESTION, Wire

# Of the model, the messages and the index: see openai_chat.
SPOKEN = (
    "gpt-4o (messages: 1, bytes: 5) 224d0919 e227cac0 ba4feb3d 02fe6b5b 2c933d78 9c3e4a5d 4b8a0408 c57e7d4b"
)


def test_it_has_the_shape_of_the_real_one(wire: Wire) -> None:
    response = wire.chat()
    body = response.json()
    serial = body["id"].removeprefix("chatcmpl-")
    assert re.fullmatch("[0-9a-f]{16}", serial)
    assert response.headers["x-request-id"] == f"req_{serial}"
    assert body == {
        "id": f"chatcmpl-{serial}",
        "object": "chat.completion",
        "created": body["created"],
        "model": "gpt-4o",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": SPOKEN, "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "service_tier": "default",
        "system_fingerprint": "fp_emulator",
        "usage": {
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
        },
    }


def test_the_same_question_has_the_same_answer_and_another_model_another(sdk: OpenAI) -> None:
    said = [
        sdk.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}])
        .choices[0]
        .message.content
        for model in ("gpt-4o", "gpt-4o", "gpt-4.1")
    ]
    assert said[:2] == [SPOKEN, SPOKEN]
    assert said[2] != SPOKEN


def test_every_choice_is_counted(wire: Wire) -> None:
    body = wire.chat(n=3).json()
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in body["choices"]}) == 3
    assert body["usage"]["completion_tokens"] == 3 * 26


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize(
    ("cap", "tokens", "reason"), [(25, 25, "length"), (26, 26, "stop"), (27, 26, "stop")]
)
def test_a_cap_below_the_answer_cuts_it(wire: Wire, field: str, cap: int, tokens: int, reason: str) -> None:
    body = wire.chat(**{field: cap}).json()
    assert body["usage"]["completion_tokens"] == tokens
    assert body["choices"][0]["finish_reason"] == reason
    assert body["choices"][0]["message"]["content"] == SPOKEN[: cap * 4]


def test_the_prompt_counts_the_utf8_bytes_of_all_text(wire: Wire) -> None:
    parts = [{"type": "text", "text": "héé"}, {"type": "image_url", "image_url": {"url": "http://x"}}]
    messages = [{"role": "system", "content": "four"}, {"role": "user", "content": parts}]
    # 4 bytes and 5 bytes: nine bytes begin three groups of four.
    assert wire.chat(messages=messages).json()["usage"]["prompt_tokens"] == 3


def test_a_script_says_what_is_answered(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(
        name,
        {
            "text": "Good morning",
            "finish_reason": "content_filter",
            "reply": {"service_tier": "flex", "model": "gpt-4o-2024-08-06"},
        },
    )
    completion = sdk.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hello"}])
    assert completion.choices[0].message.content == "Good morning"
    assert completion.choices[0].finish_reason == "content_filter"
    assert (completion.service_tier, completion.model) == ("flex", "gpt-4o-2024-08-06")
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 3


def test_the_tier_asked_for_is_the_tier_given(wire: Wire) -> None:
    tiers = [wire.chat(service_tier=tier).json()["service_tier"] for tier in ("auto", "flex", "priority")]
    assert tiers == ["default", "flex", "priority"]


@pytest.mark.parametrize(
    ("body", "param", "code", "message"),
    [
        (b"{", None, None, "We could not parse the JSON body of your request: a JSON object is expected."),
        (b"[]", None, None, "We could not parse the JSON body of your request: a JSON object is expected."),
        ({"messages": []}, "model", "missing_required_parameter", "Missing required parameter: 'model'."),
        ({"model": "m"}, "messages", "missing_required_parameter", "Missing required parameter: 'messages'."),
        ({"model": "m", "messages": []}, "messages", "invalid_value", "Invalid value for 'messages'."),
        ({"model": "m", "messages": [1]}, "messages[0]", "invalid_value", "Invalid value for 'messages[0]'."),
        (QUESTION | {"n": 0}, "n", "invalid_value", "Invalid 'n': expected an integer, 1 to 128."),
        (
            QUESTION | {"max_tokens": True},
            "max_tokens",
            "invalid_value",
            "Invalid 'max_tokens': expected an integer, 1 or more.",
        ),
    ],
)
def test_a_bad_request_is_refused(
    wire: Wire, body: object, param: str | None, code: str | None, message: str
) -> None:
    response = wire.post("/chat/completions", body)
    assert response.status == 400
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    assert response.json() == {"error": error}


def test_the_sdk_understands_a_refusal(sdk: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        sdk.chat.completions.create(model="gpt-4o", messages=[])
    assert (refused.value.param, refused.value.code) == ("messages", "invalid_value")
    assert refused.value.request_id is not None
