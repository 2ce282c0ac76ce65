"""What users of other tools were charged wrongly: each line of their complaints is a reply with its exact price here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from igny8_core.ai.dialects import USAGE_READERS
from igny8_core.ai.dialects.messages import UnreadableReply
from igny8_core.ai.price_response import NotPriced, Reply, price_reply
from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.rate_cards import Rate, RateCard
from igny8_core.business.errors import UnpricedUsage
from tests.ai.dialects.cards import billed, card, cost

GPT_4O = card(input_tokens="2.50", cached_input_tokens="1.25", output_tokens="10")
SONNET = card(
    input_tokens="3",
    cached_input_tokens="0.30",
    cache_write_5m_tokens="3.75",
    cache_write_1h_tokens="6",
    output_tokens="15",
)
GPT_IMAGE = card(
    input_tokens="5",
    cached_input_tokens="1.25",
    image_input_tokens="10",
    cached_image_input_tokens="2.50",
    image_output_tokens="40",
    images="0.042",
)


def chat(usage: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1762000000,
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": usage,
        **fields,
    }


def message(usage: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [{"type": "text", "text": "Hi"}],
        "stop_reason": "end_turn",
        "usage": usage,
    }


def images(usage: dict[str, Any] | None, count: int = 1, **fields: Any) -> dict[str, Any]:
    told = {} if usage is None else {"usage": usage}
    return {"created": 1762000000, "data": [{"b64_json": "aGk="}] * count, **told, **fields}


def test_cached_tokens_inside_the_prompt_are_charged_once_at_the_cached_rate() -> None:
    body = chat(
        {
            "prompt_tokens": 2006,
            "completion_tokens": 300,
            "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
        }
    )
    # 86 x 2.50 + 1,920 x 1.25 + 300 x 10, each per million; charged twice, it would be 0.010415.
    assert cost("openai", body, GPT_4O) == Decimal("0.005615")


def test_cached_tokens_beside_the_input_are_charged_once_at_the_cached_rate() -> None:
    body = message(
        {
            "input_tokens": 12,
            "cache_read_input_tokens": 100_000,
            "cache_creation_input_tokens": 0,
            "output_tokens": 200,
        }
    )
    # 12 x 3 + 100,000 x 0.30 + 200 x 15; as plain input it would be 0.303036.
    assert cost("anthropic", body, SONNET) == Decimal("0.033036")


def test_a_cache_write_costs_what_its_time_costs() -> None:
    body = message(
        {
            "input_tokens": 10,
            "cache_creation_input_tokens": 3000,
            "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000},
            "output_tokens": 0,
        }
    )
    # 10 x 3 + 1,000 x 3.75 + 2,000 x 6
    assert cost("anthropic", body, SONNET) == Decimal("0.01578")


def test_a_cache_discount_larger_than_the_input_line_is_refused_and_never_a_negative_cost() -> None:
    body = chat(
        {
            "prompt_tokens": 100,
            "completion_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 4000},
        }
    )
    with pytest.raises(UnreadableReply) as caught:
        cost("openai", body, GPT_4O)
    assert "4000 cached_input_tokens cannot be inside 100 input_tokens: they are 3900 more" in str(
        caught.value
    )


def test_cached_image_tokens_are_billed_once() -> None:
    """The reply of the complaint: 24,643 tokens, 24,503 of them cached, 22,000 of them an image."""
    usage = {
        "promptTokenCount": 24_643,
        "cachedContentTokenCount": 24_503,
        "candidatesTokenCount": 3_110,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 2_643},
            {"modality": "IMAGE", "tokenCount": 22_000},
        ],
    }
    flash = card(input_tokens="1.50", cached_input_tokens="0.15", output_tokens="9")
    body = {"modelVersion": "gemini-3.5-flash", "usageMetadata": usage}
    # 140 x 1.50 + 24,503 x 0.15 + 3,110 x 9; billed twice, it was 0.06487545.
    assert cost("google", body, flash) == Decimal("0.03187545")

    said = [{"modality": "TEXT", "tokenCount": 2_603}, {"modality": "IMAGE", "tokenCount": 21_900}]
    itemised = {"modelVersion": "gemini-3.5-flash", "usageMetadata": {**usage, "cacheTokensDetails": said}}
    assert cost("google", itemised, flash) == Decimal("0.03187545")
    apart = card(
        input_tokens="1.50",
        cached_input_tokens="0.15",
        image_input_tokens="3",
        cached_image_input_tokens="0.30",
        output_tokens="9",
    )
    # 40 x 1.50 + 2,603 x 0.15 + 100 x 3 + 21,900 x 0.30 + 3,110 x 9
    assert cost("google", itemised, apart) == Decimal("0.03531045")


def test_cached_image_tokens_of_an_edit_are_billed_once() -> None:
    body = images(
        {
            "input_tokens": 1000,
            "input_tokens_details": {
                "text_tokens": 100,
                "image_tokens": 900,
                "cached_tokens": 850,
                "cached_tokens_details": {"text_tokens": 50, "image_tokens": 800},
            },
            "output_tokens": 1056,
        }
    )
    # 50 x 5 + 50 x 1.25 + 100 x 10 + 800 x 2.50 + 1,056 x 40
    assert cost("openai", body, GPT_IMAGE) == Decimal("0.0455525")


def test_image_output_has_its_own_rate_and_not_the_texts() -> None:
    nano = card(input_tokens="0.30", output_tokens="2.50", image_output_tokens="30")
    body = {
        "modelVersion": "gemini-2.5-flash-image",
        "candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]}}],
        "usageMetadata": {
            "promptTokenCount": 10,
            "candidatesTokenCount": 1_310,
            "totalTokenCount": 1_320,
            "candidatesTokensDetails": [
                {"modality": "TEXT", "tokenCount": 20},
                {"modality": "IMAGE", "tokenCount": 1_290},
            ],
        },
    }
    # 10 x 0.30 + 20 x 2.50 + 1,290 x 30; at the text rate it would be 0.003278.
    assert cost("google", body, nano) == Decimal("0.038753")


def test_the_images_of_a_prompt_are_not_forgotten() -> None:
    """The complaint showed $0.042 for an edit of five pictures; the bill was some $0.32."""
    body = images(
        {
            "input_tokens": 25_840,
            "input_tokens_details": {"text_tokens": 40, "image_tokens": 25_800},
            "output_tokens": 1_584,
            "total_tokens": 27_424,
        },
        size="1024x1536",
        quality="medium",
    )
    # 40 x 5 + 25,800 x 10 + 1,584 x 40
    assert cost("openai", body, GPT_IMAGE) == Decimal("0.32156")


def test_an_image_model_is_never_free() -> None:
    priced_by_image = card(images="0.042")
    for usage in (
        None,
        {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        {"input_tokens": 12, "output_tokens": 0},
    ):
        assert cost("openai", images(usage), priced_by_image) == Decimal("0.042")
        assert cost("openai", images(usage), GPT_IMAGE) == Decimal("0.042")
    with pytest.raises(UnpricedUsage):
        cost("openai", images(None), card(input_tokens="5", image_output_tokens="40"))
    free = {"data": [{"taskType": "imageInference", "taskUUID": "1", "imageURL": "https://i", "cost": 0}]}
    assert cost("runware", free, priced_by_image) == Decimal("0.042")
    with pytest.raises(UnreadableReply, match="counts nothing"):
        cost("openai", images(None, count=0), priced_by_image)


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (None, "0.0030"),
        ("default", "0.0030"),
        ("flex", "0.0015"),
        ("priority", "0.0060"),
        ("fast", "0.0060"),
    ],
)
def test_each_service_tier_has_its_own_rate_and_no_multiple(tier: str | None, expected: str) -> None:
    tiered = card(
        Rate("input_tokens", Decimal("0.50"), 10**6, service_tier="flex"),
        Rate("output_tokens", Decimal(2), 10**6, service_tier="flex"),
        Rate("input_tokens", Decimal(2), 10**6, service_tier="priority"),
        Rate("output_tokens", Decimal(8), 10**6, service_tier="priority"),
        input_tokens="1",
        output_tokens="4",
    )
    body = chat({"prompt_tokens": 1000, "completion_tokens": 500}, service_tier=tier)
    assert cost("openai", body, tiered) == Decimal(expected)


def test_a_tier_that_has_no_price_is_not_charged_at_the_standard_one() -> None:
    body = chat({"prompt_tokens": 1000, "completion_tokens": 500}, service_tier="ultrafast")
    with pytest.raises(UnpricedUsage, match="1000 input_tokens with service_tier 'ultrafast'"):
        cost("openai", body, GPT_4O)


def test_a_name_is_matched_whole_and_never_by_its_beginning() -> None:
    cards = {"gpt-4o": GPT_4O, "gpt-4o-2024": card(input_tokens="999", output_tokens="999")}

    def find(name: str) -> RateCard:
        if name not in cards:
            raise NotPriced("unknown_model", f"no model is named '{name}'")
        return cards[name]

    priced = price_reply(Reply(body=chat({"prompt_tokens": 1000, "completion_tokens": 500})), find)
    assert priced.cost is None
    assert priced.problem is not None
    assert (priced.problem.code, priced.model) == ("unknown_model", "gpt-4o-2024-08-06")
    told = price_reply(
        Reply(body=chat({"prompt_tokens": 1000, "completion_tokens": 500}), model="gpt-4o"), find
    )
    assert told.cost is not None
    assert told.cost.total_usd == Decimal("0.0075")


def test_what_has_no_price_is_not_recorded_at_zero() -> None:
    body = chat(
        {
            "prompt_tokens": 1000,
            "completion_tokens": 0,
            "prompt_tokens_details": {"cached_tokens": 1000},
        }
    )
    priced = price_reply(Reply(body=body), lambda name: card(input_tokens="2.50", output_tokens="10"))
    said = priced.to_json()
    assert (said["cost_usd"], said["confidence"], said["lines"]) == (None, "unpriced", [])
    assert said["error"] == {
        "code": "unpriced_usage",
        "message": "m has no rate for 1000 cached_input_tokens",
    }
    assert said["usage"] == {"cached_input_tokens": 1000}


def test_a_usage_of_nothing_is_no_price_of_zero() -> None:
    for dialect, body in (
        ("openai", chat({"prompt_tokens": 0, "completion_tokens": 0})),
        ("anthropic", message({"input_tokens": 0, "output_tokens": 0})),
        ("google", {"usageMetadata": {}}),
    ):
        with pytest.raises(UnreadableReply, match="counts nothing"):
            USAGE_READERS[dialect](body)


def test_a_free_model_is_one_whose_price_is_said_to_be_zero() -> None:
    free = card(input_tokens="0", output_tokens="0")
    body = chat({"prompt_tokens": 1000, "completion_tokens": 500})
    assert price(free, billed("openai", body, free)).total_usd == 0
