"""OpenAI counts everything inside its totals; the reader takes it apart, and refuses what does not fit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from igny8_core.ai.dialects import USAGE_READERS, dialects_of
from igny8_core.ai.dialects.messages import UnreadableReply
from tests.ai.dialects.cards import card, cost, used, ways


def chat(prompt: Any, completion: Any, **usage: Any) -> dict[str, Any]:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, **usage}
    return {"object": "chat.completion", "model": "gpt-4o", "choices": [], "usage": counts}


def response(usage: dict[str, Any], *output: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"object": "response", "model": "gpt-5.2", "output": list(output), "usage": usage, **fields}


def test_audio_and_cached_and_written_tokens_are_inside_the_prompt() -> None:
    details = {"cached_tokens": 400, "audio_tokens": 100, "cache_write_tokens": 50}
    body = chat(1000, 300, prompt_tokens_details=details)
    assert used("openai", body) == {
        "input_tokens": 450,
        "cached_input_tokens": 400,
        "cache_write_30m_tokens": 50,
        "audio_input_tokens": 100,
        "output_tokens": 300,
    }


def test_reasoning_and_audio_are_inside_the_completion_and_predictions_are_plain_output() -> None:
    details = {
        "reasoning_tokens": 192,
        "audio_tokens": 8,
        "accepted_prediction_tokens": 20,
        "rejected_prediction_tokens": 30,
    }
    body = chat(10, 300, total_tokens=310, completion_tokens_details=details)
    assert used("openai", body) == {
        "input_tokens": 10,
        "output_tokens": 100,
        "reasoning_tokens": 192,
        "audio_output_tokens": 8,
    }


@pytest.mark.parametrize("details", [{"reasoning_tokens": 40}, {}])
def test_a_total_that_is_more_says_that_reasoning_is_beside_the_completion(details: dict[str, int]) -> None:
    body = chat(10, 60, total_tokens=110, completion_tokens_details=details)
    assert used("openai-compatible", body) == {
        "input_tokens": 10,
        "output_tokens": 60,
        "reasoning_tokens": 40,
    }


def test_a_total_that_nothing_explains_is_refused_with_the_numbers() -> None:
    body = chat(10, 60, total_tokens=110, completion_tokens_details={"reasoning_tokens": 30})
    with pytest.raises(
        UnreadableReply, match="40 tokens more than its 10 of input and 60 of output, with 30 of"
    ):
        USAGE_READERS["openai"](body)


@pytest.mark.parametrize(
    "usage", [{"prompt_cache_hit_tokens": 600, "prompt_cache_miss_tokens": 400}, {"cached_tokens": 600}]
)
def test_cached_tokens_outside_the_details_are_found(usage: dict[str, int]) -> None:
    assert used("openai-compatible", chat(1000, 1, **usage)) == {
        "input_tokens": 400,
        "cached_input_tokens": 600,
        "output_tokens": 1,
    }


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (chat(-1, 5), "prompt_tokens is -1"),
        (chat("many", 5), "prompt_tokens is 'many'"),
        (chat(10, True), "completion_tokens is true"),
        (chat(10, 10**50), "completion_tokens is 1000"),
        (chat(10, 2.5), "completion_tokens is 2.5"),
        (chat(None, 5), "whose usage has no prompt_tokens or input_tokens"),
        (chat(10, 5, prompt_tokens_details={"cached_tokens": -3}), "cached_tokens is -3"),
        (chat(10, 5, prompt_tokens_details=[1]), "prompt_tokens_details is \\[1\\], which is no object"),
        (
            chat(10, 5, prompt_tokens_details={"cached_tokens": 7, "audio_tokens": 7}),
            "7 cached_input_tokens \\+ 7 audio_input_tokens cannot be inside 10 input_tokens: they are 4 more",
        ),
        (
            chat(10, 5, completion_tokens_details={"reasoning_tokens": 6}),
            "6 reasoning_tokens cannot be inside 5 output_tokens: they are 1 more",
        ),
        ({"object": "chat.completion.chunk", "choices": [], "usage": None}, "only the last chunk has it"),
        (
            {"error": {"message": "Rate limit reached"}},
            "an error, which is billed nothing: Rate limit reached",
        ),
        ({"type": "message", "usage": {"input_tokens": 5, "output_tokens": 5}}, "no reply of OpenAI's"),
        ([], "no reply of OpenAI's: a list"),
        (None, "no reply of OpenAI's: null"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_there(body: Any, sentence: str) -> None:
    with pytest.raises(UnreadableReply, match=sentence):
        USAGE_READERS["openai"](body)


def test_the_last_chunk_of_a_stream_is_a_reply() -> None:
    chunk = {
        "object": "chat.completion.chunk",
        "model": "gpt-4o-mini",
        "choices": [],
        "service_tier": "default",
        "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
    }
    assert used("openai", chunk) == {"input_tokens": 9, "output_tokens": 12}
    assert USAGE_READERS["openai"](chunk).model == "gpt-4o-mini"


def test_a_response_has_its_cache_and_its_reasoning_inside() -> None:
    usage = {
        "input_tokens": 2600,
        "input_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
        "output_tokens": 90,
        "output_tokens_details": {"reasoning_tokens": 64},
        "total_tokens": 2690,
    }
    expected = {
        "input_tokens": 200,
        "cached_input_tokens": 2000,
        "cache_write_30m_tokens": 400,
        "output_tokens": 26,
        "reasoning_tokens": 64,
    }
    assert used("openai", response(usage)) == expected
    assert used("openai", {"type": "response.completed", "response": response(usage)}) == expected


def test_a_cache_kept_for_twelve_hours_is_a_unit_of_its_own() -> None:
    details = {"cache_write_tokens": 400, "cache_write_tokens_details": {"ttl_12h_tokens": 400}}
    usage = {"input_tokens": 500, "input_tokens_details": details, "output_tokens": 1}
    expected = {"input_tokens": 100, "cache_write_12h_tokens": 400, "output_tokens": 1}
    assert used("openai", response(usage)) == expected


def test_a_cache_kept_for_a_time_without_a_unit_is_refused_by_its_name() -> None:
    details = {"cache_write_tokens": 400, "cache_write_tokens_details": {"ttl_9h_tokens": 400}}
    body = response({"input_tokens": 500, "input_tokens_details": details, "output_tokens": 1})
    with pytest.raises(UnreadableReply, match="400 ttl_9h_tokens"):
        USAGE_READERS["openai"](body)


def test_calls_of_tools_are_counted() -> None:
    body = response(
        {"input_tokens": 100, "output_tokens": 50},
        {"type": "web_search_call", "action": {"type": "search", "query": "a"}},
        {"type": "web_search_call", "action": {"type": "open_page", "url": "https://a"}},
        {"type": "web_search_call", "status": "completed"},
        {"type": "file_search_call"},
        {"type": "code_interpreter_call", "container_id": "c1"},
        {"type": "code_interpreter_call", "container_id": "c1"},
        {"type": "message", "content": []},
    )
    assert used("openai", body) == {
        "input_tokens": 100,
        "output_tokens": 50,
        "web_searches": 2,
        "file_searches": 1,
        "code_sessions": 1,
    }
    told = {**body, "tool_usage": {"web_search": {"num_requests": 1}, "image_gen": {"output_tokens": 0}}}
    assert used("openai", told)["web_searches"] == 1


def test_an_image_that_a_tool_draws_is_not_forgotten() -> None:
    body = response({"input_tokens": 100, "output_tokens": 50}, {"type": "image_generation_call"})
    assert used("openai", body)["images"] == 1


def test_an_embedding_has_a_prompt_alone() -> None:
    body = {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.1]}],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    }
    assert used("openai", body) == {"input_tokens": 8}


def test_an_image_call_is_reported_in_tokens_and_as_images() -> None:
    body = {
        "created": 1,
        "data": [{"b64_json": "aGk="}, {"b64_json": "aGk="}],
        "size": "1024x1536",
        "quality": "High",
        "usage": {
            "input_tokens": 50,
            "output_tokens": 12_000,
            "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
            "output_tokens_details": {"text_tokens": 500, "image_tokens": 11_500},
        },
    }
    assert ways("openai", body) == [
        {"input_tokens": 10, "image_input_tokens": 40, "output_tokens": 500, "image_output_tokens": 11_500},
        {"images": 2, "image_size": "1024x1536", "image_quality": "high"},
    ]


def test_standard_quality_is_the_one_that_needs_no_name() -> None:
    body = {"created": 1, "data": [{"url": "https://a"}], "quality": "standard", "size": "1024x1024"}
    assert ways("openai", body) == [{"images": 1, "image_size": "1024x1024"}]


def test_an_image_output_that_is_not_itemised_is_the_images() -> None:
    body = {"created": 1, "data": [{}], "usage": {"input_tokens": 10, "output_tokens": 1056}}
    assert used("openai", body) == {"input_tokens": 10, "image_output_tokens": 1056}


def test_cached_tokens_of_an_edit_that_may_be_text_or_image_are_refused() -> None:
    details = {"text_tokens": 50, "image_tokens": 300, "cached_tokens": 40}
    body = {
        "created": 1,
        "data": [{}],
        "usage": {"input_tokens": 350, "output_tokens": 1056, "input_tokens_details": details},
    }
    with pytest.raises(
        UnreadableReply, match="which of its 50 text tokens and 300 image tokens are the 40 cached"
    ):
        USAGE_READERS["openai"](body)
    details["text_tokens"] = 0
    body["usage"]["input_tokens"] = 300
    assert used("openai", body) == {
        "image_input_tokens": 260,
        "cached_image_input_tokens": 40,
        "image_output_tokens": 1056,
    }


def test_the_images_of_a_talk_are_text_where_their_model_has_no_price_for_them() -> None:
    body = chat(1000, 10, prompt_tokens_details={"image_tokens": 800})
    assert ways("openai", body) == [
        {"input_tokens": 200, "image_input_tokens": 800, "output_tokens": 10},
        {"input_tokens": 1000, "output_tokens": 10},
    ]
    text = card(input_tokens="2.50", output_tokens="10")
    # 1,000 x 2.50 + 10 x 10
    assert cost("openai", body, text) == Decimal("0.0026")
    apart = card(input_tokens="2.50", image_input_tokens="5", output_tokens="10")
    # 200 x 2.50 + 800 x 5 + 10 x 10
    assert cost("openai", body, apart) == Decimal("0.0046")


@pytest.mark.parametrize(
    ("name", "unit"),
    [("cached_tokens", "cached_input_tokens"), ("cache_write_tokens", "cache_write_30m_tokens")],
)
def test_cached_tokens_that_overlap_the_images_of_a_talk_are_counted_once(name: str, unit: str) -> None:
    body = chat(1000, 10, prompt_tokens_details={"image_tokens": 800, name: 900})
    assert ways("openai", body) == [{"input_tokens": 100, unit: 900, "output_tokens": 10}]


def test_a_transcription_is_billed_by_each_second_that_has_begun_or_in_tokens() -> None:
    assert used("openai", {"text": "Hi", "usage": {"type": "duration", "seconds": 3}}) == {"seconds": 3}
    for seconds in (8.01, Decimal("8.01")):
        assert used("openai", {"text": "Hi", "usage": {"type": "duration", "seconds": seconds}}) == {
            "seconds": 9
        }
    tokens = {
        "type": "tokens",
        "input_tokens": 14,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
        "output_tokens": 45,
        "total_tokens": 59,
    }
    assert used("openai", {"text": "Hi", "usage": tokens}) == {"audio_input_tokens": 14, "output_tokens": 45}


@pytest.mark.parametrize("seconds", [-1, float("nan"), Decimal("Infinity"), "9", True, None, 10**40])
def test_seconds_that_cannot_be_are_refused(seconds: Any) -> None:
    with pytest.raises(UnreadableReply, match="seconds"):
        USAGE_READERS["openai"]({"text": "Hi", "usage": {"type": "duration", "seconds": seconds}})


def test_a_spoken_answer_has_text_and_audio_cached_apart() -> None:
    usage = {
        "input_tokens": 900,
        "input_token_details": {
            "text_tokens": 300,
            "audio_tokens": 600,
            "cached_tokens": 512,
            "cached_tokens_details": {"text_tokens": 256, "audio_tokens": 256},
        },
        "output_tokens": 100,
        "output_token_details": {"text_tokens": 30, "audio_tokens": 70},
        "total_tokens": 1000,
    }
    body = {"type": "response.done", "response": {"object": "realtime.response", "usage": usage}}
    assert used("openai", body) == {
        "input_tokens": 44,
        "cached_input_tokens": 256,
        "audio_input_tokens": 344,
        "cached_audio_input_tokens": 256,
        "output_tokens": 30,
        "audio_output_tokens": 70,
    }


@pytest.mark.parametrize(
    ("tier", "named"),
    [
        (None, None),
        ("default", None),
        ("standard", None),
        ("auto", None),
        ("on_demand", None),
        ("Flex", "flex"),
        ("priority", "priority"),
        ("fast", "priority"),
        ("scale", "scale"),
    ],
)
def test_a_service_tier_is_named_in_small_letters_and_the_standard_one_not_at_all(
    tier: str | None, named: str | None
) -> None:
    assert used("openai", {**chat(1, 1), "service_tier": tier}).get("service_tier") == named


def test_a_line_of_a_batch_is_batch() -> None:
    line = {"id": "batch_req_1", "custom_id": "a", "error": None}
    body = {**line, "response": {"status_code": 200, "request_id": "r", "body": chat(7, 3)}}
    assert used("openai", body) == {"input_tokens": 7, "output_tokens": 3, "is_batch": True}
    assert dialects_of(body) == ["openai"]
    failed = {**line, "response": {"status_code": 400, "body": {"error": {"message": "no such model"}}}}
    with pytest.raises(UnreadableReply, match="billed nothing: no such model"):
        USAGE_READERS["openai"](failed)
