"""Gemini counts cached content inside its prompt, and thoughts and tools beside what they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from igny8_core.ai.dialects import USAGE_READERS, dialects_of
from igny8_core.ai.dialects.messages import UnreadableReply
from tests.ai.dialects.cards import used, ways


def reply(*candidates: dict[str, Any], **usage: Any) -> dict[str, Any]:
    return {"candidates": list(candidates), "modelVersion": "gemini-2.5-flash", "usageMetadata": usage}


def modal(**counts: int) -> list[dict[str, Any]]:
    return [{"modality": name.upper(), "tokenCount": count} for name, count in counts.items()]


def test_thoughts_are_beside_the_answer_and_what_tools_brought_is_beside_the_prompt() -> None:
    body = reply(
        promptTokenCount=1000,
        cachedContentTokenCount=600,
        candidatesTokenCount=200,
        thoughtsTokenCount=150,
        toolUsePromptTokenCount=70,
        totalTokenCount=1420,
    )
    assert used("google", body) == {
        "input_tokens": 470,
        "cached_input_tokens": 600,
        "output_tokens": 200,
        "reasoning_tokens": 150,
    }


def test_modalities_have_units_of_their_own_but_video_and_documents_are_text() -> None:
    body = reply(
        promptTokenCount=1000,
        promptTokensDetails=modal(text=100, image=200, audio=300, video=250, document=150),
        cachedContentTokenCount=350,
        cacheTokensDetails=modal(text=50, image=80, audio=120, video=100),
        candidatesTokenCount=90,
        candidatesTokensDetails=modal(text=10, audio=30, image=50),
    )
    apart, merged = ways("google", body)
    assert apart == {
        "input_tokens": 350,
        "cached_input_tokens": 150,
        "audio_input_tokens": 180,
        "cached_audio_input_tokens": 120,
        "image_input_tokens": 120,
        "cached_image_input_tokens": 80,
        "output_tokens": 10,
        "audio_output_tokens": 30,
        "image_output_tokens": 50,
    }
    assert merged["input_tokens"] == 470
    assert merged["cached_input_tokens"] == 230
    assert sum(count for name, count in merged.items() if "input" in name) == 1000


def test_what_tools_brought_keeps_its_modality() -> None:
    body = reply(
        promptTokenCount=10,
        toolUsePromptTokenCount=50,
        toolUsePromptTokensDetails=modal(text=20, image=30),
    )
    assert ways("google", body) == [
        {"input_tokens": 30, "image_input_tokens": 30},
        {"input_tokens": 60},
    ]


def test_a_count_that_is_missing_is_zero() -> None:
    assert used("google", reply(promptTokenCount=5, promptTokensDetails=[{"modality": "AUDIO"}])) == {
        "input_tokens": 5
    }


def test_an_answer_of_a_spoken_session_is_counted() -> None:
    body = reply(promptTokenCount=5, responseTokenCount=40, responseTokensDetails=modal(audio=40))
    assert used("google", body) == {"input_tokens": 5, "audio_output_tokens": 40}


@pytest.mark.parametrize(
    ("usage", "tier"),
    [
        ({"trafficType": "ON_DEMAND"}, None),
        ({"trafficType": "PROVISIONED_THROUGHPUT"}, "provisioned_throughput"),
        ({"trafficType": "ON_DEMAND_PRIORITY"}, "priority"),
        ({"trafficType": "ON_DEMAND_FLEX"}, "flex"),
        ({"serviceTier": "standard"}, None),
        ({"serviceTier": "flex"}, "flex"),
    ],
)
def test_traffic_is_a_tier(usage: dict[str, str], tier: str | None) -> None:
    assert used("google", reply(promptTokenCount=1, **usage)).get("service_tier") == tier


@pytest.mark.parametrize(
    "name",
    ["gemini-2.5-flash", "models/gemini-2.5-flash", "publishers/google/models/gemini-2.5-flash"],
)
def test_a_resource_is_named_by_what_follows_models(name: str) -> None:
    body = {**reply(promptTokenCount=1), "modelVersion": name}
    assert USAGE_READERS["google"](body).model == "gemini-2.5-flash"


def test_searches_are_counted_and_empty_ones_not() -> None:
    found = {"groundingMetadata": {"webSearchQueries": ["a", "b", ""], "imageSearchQueries": ["c"]}}
    assert used("google", reply(found, found, promptTokenCount=1))["web_searches"] == 6


def test_images_that_come_are_the_other_way_of_reporting_the_call() -> None:
    picture = {
        "content": {"parts": [{"text": "Here"}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}}]}
    }
    body = reply(
        picture, promptTokenCount=9, candidatesTokenCount=1290, candidatesTokensDetails=modal(image=1290)
    )
    assert ways("google", body) == [{"input_tokens": 9, "image_output_tokens": 1290}, {"images": 1}]


def test_a_line_of_a_batch_is_batch_and_another_wrapper_is_not() -> None:
    expected = {"input_tokens": 7, "output_tokens": 3}
    body = reply(promptTokenCount=7, candidatesTokenCount=3)
    assert used("google", {"key": "a", "response": body}) == {**expected, "is_batch": True}
    assert used("google", {"response": body}) == expected
    assert dialects_of({"key": "a", "response": body}) == ["google"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            reply(promptTokenCount=10, cachedContentTokenCount=15),
            "15 cached_input_tokens cannot be inside 10 input_tokens: they are 5 more",
        ),
        (
            reply(promptTokenCount=10, promptTokensDetails=modal(audio=12)),
            "12 audio_input_tokens cannot be inside 10 input_tokens: they are 2 more",
        ),
        (
            reply(candidatesTokenCount=10, candidatesTokensDetails=modal(image=12)),
            "12 image_output_tokens cannot be inside 10 output_tokens",
        ),
        (
            reply(promptTokenCount=4, candidatesTokenCount=9, totalTokenCount=47),
            "totalTokenCount is 34 more than 4 promptTokenCount \\+ 9 candidatesTokenCount",
        ),
        (reply(promptTokenCount=-4), "promptTokenCount is -4"),
        ({"error": {"code": 429, "message": "Quota"}}, "billed nothing: Quota"),
        ([reply(promptTokenCount=1)], "no reply of Gemini's: a list"),
    ],
)
def test_what_cannot_be_is_refused_with_the_numbers(body: Any, sentence: str) -> None:
    with pytest.raises(UnreadableReply, match=sentence):
        USAGE_READERS["google"](body)
