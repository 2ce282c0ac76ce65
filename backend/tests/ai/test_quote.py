"""The quote is an upper bound: never below what the text can be, never above the context window."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8_core.ai.constants import constants_catalogue
from igny8_core.ai.quote import LEAST_OUTPUT_TOKENS, bound_input, output_cap
from igny8_core.business.billing.catalogue import Model
from igny8_core.business.billing.rate_cards import Rate, compile_card
from igny8_core.business.billing.usage import MTOK, Usage
from igny8_core.business.errors import InvalidRequest, UnboundedRequest

PROMPT = Usage(input_tokens=100)


def model(**fields: Any) -> Model:
    return replace(constants_catalogue(None).resolve("gpt-4o-mini", "text"), **fields)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_it_counts_every_byte_of_the_text(texts: list[str]) -> None:
    messages = [{"role": "user", "content": text} for text in texts]
    tokens = bound_input(model(), messages, {}).input_tokens
    assert tokens == 16 + sum(16 + 4 + len(text.encode(errors="surrogatepass")) for text in texts)


def test_a_text_longer_than_the_stated_context_window_is_held_whole() -> None:
    # A window that the catalogue states too small would let the provider's bill run far above the hold.
    messages = [{"role": "user", "content": "x" * 10_000}]
    assert bound_input(model(context_window=8000), messages, {}) == Usage(input_tokens=10_000 + 4 + 16 + 16)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "text", "text": "x", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "function", "image_url": {}},
        {"type": "file", "file": {"file_id": "f"}},
        "text",
    ],
)
def test_whatever_is_not_inline_text_counts_as_a_context_window_of_image_tokens(part: Any) -> None:
    text = {"type": "text", "text": "What is this?"}
    messages = [{"role": "user", "content": [text, part]}]
    bound = bound_input(model(context_window=128_000), messages, {})
    assert bound == Usage(input_tokens=4 + 16 + 16, image_input_tokens=128_000)


def test_beside_an_image_text_and_tools_still_count() -> None:
    image = {"role": "user", "content": [{"type": "image_url"}]}
    long = {"role": "user", "content": "x" * 10_000}
    tool = {"type": "function", "function": {"name": "f"}}
    small = model(context_window=8000)
    text_alone = bound_input(small, [long], {"tools": [tool]}).input_tokens
    assert bound_input(small, [image, long], {"tools": [tool]}) == Usage(
        input_tokens=text_alone + 4 + 16, image_input_tokens=8000
    )


def test_an_image_for_a_model_of_unknown_context_cannot_be_bounded() -> None:
    with pytest.raises(UnboundedRequest):
        bound_input(model(), [{"role": "user", "content": [{"type": "image_url"}]}], {})


def test_tools_and_schemas_are_counted() -> None:
    messages = [{"role": "user", "content": "Hi"}]
    without = bound_input(model(), messages, {}).input_tokens
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    assert bound_input(model(), messages, {"tools": [tool]}).input_tokens > without + 32
    schema = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
    assert bound_input(model(), messages, {"response_format": schema}).input_tokens > without + 32


def test_a_cap_that_was_asked_for_is_the_cap() -> None:
    assert output_cap(model(), PROMPT, asked=7, choices=1, available_credits=None) == 7


@pytest.mark.parametrize("asked", [0, -1, 1.5, "7", True])
def test_a_cap_that_cannot_be_is_refused(asked: Any) -> None:
    with pytest.raises(InvalidRequest, match="max_tokens is"):
        output_cap(model(), PROMPT, asked=asked, choices=1, available_credits=None)


@pytest.mark.parametrize(
    ("credits", "choices", "tokens"),
    [
        ("480", 1, 1_000_000),  # $4.80; an eighth is $0.60, which is a million tokens
        ("480", 4, 250_000),
        ("0.01", 1, LEAST_OUTPUT_TOKENS),
        ("-5", 1, LEAST_OUTPUT_TOKENS),
    ],
)
def test_without_one_an_eighth_of_the_credits_decides(credits: str, choices: int, tokens: int) -> None:
    assert (
        output_cap(model(), PROMPT, asked=None, choices=choices, available_credits=Decimal(credits)) == tokens
    )


def test_the_models_own_limit_comes_first() -> None:
    limited = model(max_output_tokens=100)
    assert output_cap(limited, PROMPT, asked=None, choices=1, available_credits=Decimal(480)) == 100


def long_context_model() -> Model:
    """$0.60 per million output tokens, $1.20 after more than 1,000 input tokens, and $6 in the priority tier."""
    found = model()
    card = compile_card(
        model="m",
        provider="p",
        source="database",
        input_cost_per_1m=Decimal("0.15"),
        output_cost_per_1m=Decimal("0.60"),
        rates=[
            Rate("output_tokens", Decimal("1.20"), MTOK, above_input_tokens=1000),
            Rate("output_tokens", Decimal(6), MTOK, service_tier="priority"),
        ],
    )
    return replace(found, period=replace(found.period, card=card))


@pytest.mark.parametrize(
    ("prompt", "tiers", "tokens"),
    [
        (1000, ("",), 1_000_000),
        (1001, ("",), 500_000),
        (1000, ("priority", ""), 100_000),
        (1000, ("flex", ""), 1_000_000),
        (1000, ("*",), 100_000),
    ],
)
def test_what_the_credits_afford_is_counted_at_the_dearest_rate_that_the_call_may_meet(
    prompt: int, tiers: tuple[str, ...], tokens: int
) -> None:
    cap = output_cap(
        long_context_model(),
        Usage(input_tokens=prompt),
        tiers=tiers,
        asked=None,
        choices=1,
        available_credits=Decimal(480),
    )
    assert cap == tokens
