"""Anthropic counts what was cached beside its input, and thinking inside its output."""

from __future__ import annotations

from typing import Any

import pytest

from igny8_core.ai.dialects import USAGE_READERS, dialects_of
from igny8_core.ai.dialects.messages import UnreadableReply
from tests.ai.dialects.cards import used


def message(**usage: Any) -> dict[str, Any]:
    counts = {"input_tokens": 21, "output_tokens": 393, **usage}
    return {"type": "message", "model": "claude-sonnet-4-5", "content": [], "usage": counts}


def test_everything_is_beside_the_input() -> None:
    body = message(
        cache_read_input_tokens=188_086,
        cache_creation_input_tokens=556,
        cache_creation={"ephemeral_5m_input_tokens": 456, "ephemeral_1h_input_tokens": 100},
        output_tokens_details={"thinking_tokens": 300},
        server_tool_use={"web_search_requests": 2, "web_fetch_requests": 5},
        service_tier="standard",
        inference_geo="global",
    )
    assert used("anthropic", body) == {
        "input_tokens": 21,
        "cached_input_tokens": 188_086,
        "cache_write_5m_tokens": 456,
        "cache_write_1h_tokens": 100,
        "output_tokens": 393,
        "web_searches": 2,
    }
    assert USAGE_READERS["anthropic"](body).model == "claude-sonnet-4-5"
    assert dialects_of(body) == ["anthropic"]


@pytest.mark.parametrize("split", [{}, {"cache_creation": None}])
def test_a_cache_is_kept_for_five_minutes_where_no_time_is_told(split: dict[str, Any]) -> None:
    body = message(cache_creation_input_tokens=556, cache_read_input_tokens=None, **split)
    assert used("anthropic", body) == {
        "input_tokens": 21,
        "cache_write_5m_tokens": 556,
        "output_tokens": 393,
    }


def test_a_split_that_does_not_add_up_is_refused_with_the_numbers() -> None:
    body = message(
        cache_creation_input_tokens=556,
        cache_creation={"ephemeral_5m_input_tokens": 456, "ephemeral_1h_input_tokens": 0},
    )
    with pytest.raises(UnreadableReply) as caught:
        USAGE_READERS["anthropic"](body)
    assert str(caught.value) == (
        "a usage of 556 cache_creation_input_tokens that are 456 ephemeral_5m_input_tokens"
        " + 0 ephemeral_1h_input_tokens"
    )


@pytest.mark.parametrize(
    ("usage", "tier"),
    [
        ({"service_tier": "priority"}, "priority"),
        ({"service_tier": "standard", "speed": "standard"}, None),
        ({"service_tier": "standard", "speed": "fast"}, "fast"),
        ({"service_tier": "priority", "speed": "fast"}, "priority-fast"),
        ({"inference_geo": "us"}, "us"),
        ({"inference_geo": "not_available"}, None),
        ({"speed": "fast", "inference_geo": "us"}, "fast-us"),
    ],
)
def test_what_prices_depend_on_is_one_tier(usage: dict[str, str], tier: str | None) -> None:
    assert used("anthropic", message(**usage)).get("service_tier") == tier


def test_a_batch_is_batch_by_its_tier_or_its_line() -> None:
    expected = {"input_tokens": 21, "output_tokens": 393, "is_batch": True}
    assert used("anthropic", message(service_tier="batch")) == expected
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": message(service_tier="batch")}}
    assert used("anthropic", line) == expected
    assert dialects_of(line) == ["anthropic"]


@pytest.mark.parametrize("kind", ["errored", "canceled", "expired"])
def test_a_batch_result_that_did_not_succeed_is_billed_nothing(kind: str) -> None:
    with pytest.raises(UnreadableReply, match=f"'{kind}', which is billed nothing"):
        USAGE_READERS["anthropic"]({"custom_id": "a", "result": {"type": kind}})


def test_a_compaction_is_counted_though_the_messages_own_counts_leave_it_out() -> None:
    body = message(
        iterations=[
            {
                "type": "compaction",
                "input_tokens": 150_000,
                "cache_read_input_tokens": 4,
                "output_tokens": 900,
            },
            {"type": "message", "input_tokens": 21, "output_tokens": 393, "model": "claude-sonnet-4-5"},
        ]
    )
    assert used("anthropic", body) == {
        "input_tokens": 150_021,
        "cached_input_tokens": 4,
        "output_tokens": 1293,
    }


def test_a_message_that_another_model_worked_on_too_is_refused_by_its_name() -> None:
    entry = {"type": "advisor_message", "model": "claude-opus-5", "input_tokens": 9, "output_tokens": 9}
    with pytest.raises(UnreadableReply, match="claude-opus-5 worked on too"):
        USAGE_READERS["anthropic"](message(iterations=[entry]))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (message(cache_read_input_tokens=-5), "cache_read_input_tokens is -5"),
        (message(input_tokens=None), "without input_tokens"),
        (message(output_tokens="9"), "output_tokens is '9'"),
        ({"type": "error", "error": {"message": "Overloaded"}}, "billed nothing: Overloaded"),
        ({"type": "message_delta", "usage": {"output_tokens": 5}}, "no message of Anthropic's"),
        ("text", "no message of Anthropic's: a text"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_there(body: Any, sentence: str) -> None:
    with pytest.raises(UnreadableReply, match=sentence):
        USAGE_READERS["anthropic"](body)
