"""The quote is an upper bound: never below what the text can be, never above the context window."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8_core.ai.constants import constants_catalogue
from igny8_core.ai.quote import LEAST_OUTPUT_TOKENS, bound_input_tokens, output_cap
from igny8_core.business.billing.catalogue import Model
from igny8_core.business.errors import InvalidRequest, UnboundedRequest


def model(**fields: Any) -> Model:
    return replace(constants_catalogue(None).models["gpt-4o-mini"], **fields)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_it_counts_every_byte_of_the_text(texts: list[str]) -> None:
    messages = [{"role": "user", "content": text} for text in texts]
    tokens = bound_input_tokens(model(), messages, {})
    assert tokens == 16 + sum(16 + 4 + len(text.encode(errors="surrogatepass")) for text in texts)


def test_a_text_longer_than_the_stated_context_window_is_held_whole() -> None:
    # A window that the catalogue states too small would let the provider's bill run far above the hold.
    messages = [{"role": "user", "content": "x" * 10_000}]
    assert bound_input_tokens(model(context_window=8000), messages, {}) == 10_000 + 4 + 16 + 16


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
def test_whatever_is_not_inline_text_counts_as_the_context_window(part: Any) -> None:
    text = {"type": "text", "text": "What is this?"}
    messages = [{"role": "user", "content": [text, part]}]
    assert bound_input_tokens(model(context_window=128_000), messages, {}) == 128_000 + 4 + 16 + 16


def test_beside_an_image_text_and_tools_still_count() -> None:
    image = {"role": "user", "content": [{"type": "image_url"}]}
    long = {"role": "user", "content": "x" * 10_000}
    tool = {"type": "function", "function": {"name": "f"}}
    small = model(context_window=8000)
    text_alone = bound_input_tokens(small, [long], {"tools": [tool]})
    assert bound_input_tokens(small, [image, long], {"tools": [tool]}) == text_alone + 8000 + 4 + 16


def test_an_image_for_a_model_of_unknown_context_cannot_be_bounded() -> None:
    with pytest.raises(UnboundedRequest):
        bound_input_tokens(model(), [{"role": "user", "content": [{"type": "image_url"}]}], {})


def test_tools_and_schemas_are_counted() -> None:
    messages = [{"role": "user", "content": "Hi"}]
    without = bound_input_tokens(model(), messages, {})
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    assert bound_input_tokens(model(), messages, {"tools": [tool]}) > without + 32
    schema = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
    assert bound_input_tokens(model(), messages, {"response_format": schema}) > without + 32


def test_a_cap_that_was_asked_for_is_the_cap() -> None:
    assert output_cap(model(), asked=7, choices=1, available_credits=None) == 7


@pytest.mark.parametrize("asked", [0, -1, 1.5, "7", True])
def test_a_cap_that_cannot_be_is_refused(asked: Any) -> None:
    with pytest.raises(InvalidRequest, match="max_tokens is"):
        output_cap(model(), asked=asked, choices=1, available_credits=None)


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
    assert output_cap(model(), asked=None, choices=choices, available_credits=Decimal(credits)) == tokens


def test_the_models_own_limit_comes_first() -> None:
    limited = model(max_output_tokens=100)
    assert output_cap(limited, asked=None, choices=1, available_credits=Decimal(480)) == 100
