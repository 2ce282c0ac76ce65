"""Whatever a provider sends is a usage or an UnreadableReply, and no token is lost or counted twice."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igny8_core.ai import dialects
from igny8_core.ai.dialects import USAGE_READERS, dialects_of
from igny8_core.ai.dialects.messages import UnreadableReply

# Every name that a reader looks for, and so the ways into it.
SOURCES = Path(dialects.__file__).parent.glob("*_usage.py")
NAMES = sorted(
    {name for path in SOURCES for name in re.findall(r'"([A-Za-z_0-9.]{3,40})"', path.read_text())}
)
NUMBERS = st.one_of(
    st.integers(-2, 2000),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.booleans(),
)
VALUES = st.one_of(st.none(), NUMBERS, st.sampled_from(NAMES), st.text(max_size=5))
BODIES = st.recursive(
    VALUES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=25,
)
COUNT = st.integers(0, 1000)


@pytest.mark.parametrize("dialect", USAGE_READERS)
@settings(max_examples=300, deadline=None)
@given(
    body=BODIES, usage=BODIES, kind=st.sampled_from(["message", "response", "chat.completion", "succeeded"])
)
def test_any_body_is_a_usage_or_is_refused(dialect: str, body: Any, usage: Any, kind: str) -> None:
    fields = body if isinstance(body, dict) else {"data": body}
    shaped = {"usage": usage, "usageMetadata": usage, "type": kind, "object": kind, **fields}
    shaped_alike: list[Any] = [body, shaped, {"custom_id": "a", "response": {"body": shaped}}]
    shaped_alike.append({"custom_id": "a", "result": {"type": "succeeded", "message": shaped}})
    shaped_alike.append({"data": [{"taskUUID": "u", **fields}]})
    for each in shaped_alike:
        dialects_of(each)
        try:
            reported = USAGE_READERS[dialect](each)
        except UnreadableReply:
            continue
        assert all(way.used for way in reported.ways)


@settings(max_examples=300, deadline=None)
@given(prompt=COUNT, completion=COUNT, details=st.tuples(COUNT, COUNT, COUNT, COUNT, COUNT, COUNT))
def test_the_parts_of_openais_totals_are_the_totals(
    prompt: int, completion: int, details: tuple[int, ...]
) -> None:
    cached, audio, written, image, reasoning, spoken = details
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {
            "cached_tokens": cached,
            "audio_tokens": audio,
            "cache_write_tokens": written,
            "image_tokens": image,
        },
        "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": spoken},
    }
    try:
        ways = USAGE_READERS["openai"]({"choices": [], "usage": usage}).ways
    except UnreadableReply:
        fits = cached + audio + written <= prompt and reasoning + spoken <= completion
        # Images come beside the rest only where nothing is cached; then they must fit too.
        assert (
            not fits
            or prompt + completion == 0
            or (image and not cached and image + audio + written > prompt)
        )
    else:
        for way in ways:
            assert (way.all_input_tokens, way.all_output_tokens) == (prompt, completion)


@settings(max_examples=200, deadline=None)
@given(cost=st.decimals(0, 1000, places=12))
def test_runwares_cost_is_never_rounded_down_nor_by_a_billionth(cost: Decimal) -> None:
    body = {"data": [{"taskUUID": "u", "imageURL": "i", "cost": cost}]}
    nano = USAGE_READERS["runware"](body).ways[0].reported_nanousd
    assert 0 <= Decimal(nano) - cost * 10**9 < 1
