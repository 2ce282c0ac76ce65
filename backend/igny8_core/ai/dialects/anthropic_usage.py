"""What Anthropic's replies say was used: messages, and the results of message batches.

Everything is beside `input_tokens`: tokens read from a cache, and those written to one, for 5 minutes or for 1 hour.
Thinking is inside `output_tokens` and costs what they cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from igny8_core.ai.dialects.messages import UnreadableReply
from igny8_core.ai.dialects.reported_usage import (
    Json,
    ReportedUsage,
    count,
    items,
    reported,
    section,
    text,
    told,
    usage_reader,
)
from igny8_core.business.billing.usage import Usage, beside
from igny8_core.business.shown_value import shown_value

# Where inference ran: only what is neither of these costs more.
ANYWHERE: Final = ("global", "not_available", "")
CACHE_WRITES: Final = {
    "ephemeral_5m_input_tokens": "cache_write_5m_tokens",
    "ephemeral_1h_input_tokens": "cache_write_1h_tokens",
}


def is_ours(body: Any) -> bool:
    """Whether a body has the shape of one of these replies."""
    return _is_of_a_batch(body) or (
        isinstance(body, Mapping) and body.get("type") == "message" and "usage" in body
    )


@usage_reader
def read_usage(body: Any) -> ReportedUsage:
    """The usage of one message, or of a line of a batch's results. Raises UnreadableReply."""
    if not is_ours(body):
        raise UnreadableReply(f"no message of Anthropic's: {told(body)}")
    is_batch = _is_of_a_batch(body)
    if is_batch:
        result = body["result"]
        if result.get("type") != "succeeded":
            raise UnreadableReply(
                f"a batch result that is {shown_value(result.get('type'), 50)}, which is billed nothing"
            )
        body = section(result, "message")
    usage = section(body, "usage")
    if usage.get("input_tokens") is None:
        raise UnreadableReply("a message without input_tokens")
    tier = (text(usage, "service_tier") or "").lower()
    counts = _tokens(usage)
    for entry in items(usage, "iterations"):
        _check_model(body, entry)
        if entry.get("type") == "compaction":
            # The one kind that the message's own counts leave out.
            counts = {unit: counts[unit] + more for unit, more in _tokens(entry).items()}
    return reported(
        text(body, "model"),
        Usage(
            **counts,
            web_searches=count(section(usage, "server_tool_use"), "web_search_requests"),
            service_tier=_tier(usage, "" if tier in ("standard", "batch") else tier),
            is_batch=is_batch or tier == "batch",
        ),
    )


def _is_of_a_batch(body: Any) -> bool:
    return isinstance(body, Mapping) and "custom_id" in body and isinstance(body.get("result"), Mapping)


def _tokens(usage: Json) -> dict[str, Any]:
    return beside(
        "input_tokens",
        count(usage, "input_tokens"),
        cached_input_tokens=count(usage, "cache_read_input_tokens"),
        **_cache_writes(usage),
        output_tokens=count(usage, "output_tokens"),
    )


def _cache_writes(usage: Json) -> dict[str, Any]:
    """Tokens written to a cache, by the time they are kept; 5 minutes where none is told."""
    total, times = usage.get("cache_creation_input_tokens"), section(usage, "cache_creation")
    by_time = {unit: count(times, name) for name, unit in CACHE_WRITES.items()}
    if not times:
        return by_time | {"cache_write_5m_tokens": count(usage, "cache_creation_input_tokens")}
    if total is not None and sum(by_time.values()) != count(usage, "cache_creation_input_tokens"):
        parts = " + ".join(f"{count(times, name)} {name}" for name in CACHE_WRITES)
        raise UnreadableReply(f"a usage of {total} cache_creation_input_tokens that are {parts}")
    return by_time


def _tier(usage: Json, tier: str) -> str:
    """What prices depend on, in one name: the tier, the fast mode, and where inference had to run ("us")."""
    speed, place = ((text(usage, name) or "").lower() for name in ("speed", "inference_geo"))
    parts = (tier, "" if speed == "standard" else speed, "" if place in ANYWHERE else place)
    return "-".join(part for part in parts if part)


def _check_model(body: Json, entry: Json) -> None:
    model = text(entry, "model")
    if model is not None and model != body.get("model"):
        raise UnreadableReply(
            f"a message that {model} worked on too ({str(entry.get('type'))[:50]}): each model has its own prices"
        )
