"""What OpenAI's replies say was used: chat completions, responses, embeddings, images, transcriptions, and their batches.

Everything is inside the totals: cached tokens, tokens written to a cache, audio and images inside the input, and
reasoning inside the output. Servers that speak the same dialect differ in one thing: some count reasoning beside the
output, which their total gives away (xAI, and Gemini behind this dialect).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from igny8_core.ai.dialects.messages import UnreadableReply
from igny8_core.ai.dialects.reported_usage import (
    Json,
    ReportedUsage,
    count,
    items,
    reported,
    section,
    some,
    text,
    told,
    usage_reader,
)
from igny8_core.business.billing.usage import MOST, Usage, as_prices_name, inside
from igny8_core.business.shown_value import shown_value

OBJECTS: Final = (
    "chat.completion",
    "chat.completion.chunk",
    "text_completion",
    "response",
    "realtime.response",
)
# Beside the names that everybody has for it.
STANDARD_TIERS: Final = ("auto", "on_demand")
# Fast mode was priority processing; a reply says priority, whichever name the call gave.
SAME_TIER: Final = {"fast": "priority"}
INPUT_DETAILS: Final = ("input_tokens_details", "input_token_details", "prompt_tokens_details")
OUTPUT_DETAILS: Final = ("output_tokens_details", "output_token_details", "completion_tokens_details")
CACHE_WRITES: Final = {"ttl_30m_tokens": "cache_write_30m_tokens", "ttl_12h_tokens": "cache_write_12h_tokens"}


def is_ours(body: Any) -> bool:
    """Whether a body has the shape of one of these replies, or of a line of a batch's output."""
    if isinstance(body, Mapping) and {"custom_id", "response"} <= body.keys():
        return True
    return _has_our_shape(_unwrapped(body)[0])


@usage_reader
def read_usage(body: Any) -> ReportedUsage:
    """The usage of one reply, of the last chunk of a stream, or of a line of a batch's output. Raises UnreadableReply."""
    body, is_batch = _unwrapped(body)
    if not _has_our_shape(body):
        raise UnreadableReply(f"no reply of OpenAI's: {told(body)}")
    tier = tier_named(text(body, "service_tier"))
    if tier == "batch":
        is_batch, tier = True, ""
    return reported(
        text(body, "model"), *(replace(way, service_tier=tier, is_batch=is_batch) for way in _ways(body))
    )


def image_tokens(usage: Json) -> Usage | None:
    """The usage of an image call in tokens, where it has those of the images: the prompt's images cost otherwise than
    its text, and the images that come otherwise again.

    Raises InvalidRequest for counts that cannot be, UnreadableReply where it is not said which tokens were cached.
    """
    if not usage:
        return None
    details = _input_details(usage)
    cached, prompt_text, prompt_images = (
        count(details, name) for name in ("cached_tokens", "text_tokens", "image_tokens")
    )
    if cached and prompt_images and not details.get("cached_tokens_details"):
        if prompt_text:
            raise UnreadableReply(
                f"a usage that does not say which of its {prompt_text} text tokens and {prompt_images} image tokens"
                f" are the {cached} cached ones"
            )
        details = {**details, "cached_tokens_details": {"image_tokens": cached}}
    total, said = count(usage, "output_tokens"), section(usage, "output_tokens_details")
    if said.get("image_tokens") is None:
        # These models draw: what is not said to be text is an image.
        output = inside("image_output_tokens", total, **some(output_tokens=count(said, "text_tokens")))
    else:
        output = inside("output_tokens", total, image_output_tokens=count(said, "image_tokens"))
    return Usage(**_input(usage, details, images_apart=True) | output) if total else None


def tier_named(tier: str | None) -> str:
    """The service tier as prices name it; "" is the standard one."""
    name = as_prices_name("service_tier", tier or "")
    return "" if name in STANDARD_TIERS else SAME_TIER.get(name, name)


def quality_named(quality: str | None) -> str:
    """An image quality as prices name it; "" is the standard one."""
    return as_prices_name("image_quality", quality or "")


def _unwrapped(body: Any) -> tuple[Any, bool]:
    """The reply inside a line of a batch's output, or inside a stream's last event; and whether it is a batch's."""
    if not isinstance(body, Mapping) or not isinstance(response := body.get("response"), Mapping):
        return body, False
    if "custom_id" in body:
        return response.get("body"), True
    return (response, False) if str(body.get("type", "")).startswith("response.") else (body, False)


def _has_our_shape(body: Any) -> bool:
    if not isinstance(body, Mapping) or body.get("type") == "message":
        return False
    counts = body["usage"] if isinstance(body.get("usage"), Mapping) else {}
    return (
        body.get("object") in OBJECTS
        or "choices" in body
        or "prompt_tokens" in counts
        or counts.get("type") in ("tokens", "duration")
        or _is_images(body)
    )


def _is_images(body: Json) -> bool:
    return isinstance(body.get("data"), list) and "created" in body and "object" not in body


def _ways(body: Json) -> list[Usage]:
    usage = section(body, "usage")
    if _is_images(body):
        images = Usage(
            images=len(body["data"]),
            image_size=text(body, "size") or "",
            image_quality=quality_named(text(body, "quality")),
        )
        return [way for way in (image_tokens(usage), images) if way]
    if usage.get("type") == "duration":
        return [Usage(seconds=_whole_seconds(usage.get("seconds")))]
    if not usage:
        raise UnreadableReply(
            "an answer without usage; in a stream only the last chunk has it, if it was asked for"
        )
    tools = some(**_tools(body))
    return [Usage(**tokens, **tools) for tokens in _tokens(usage)]


def _tokens(usage: Json) -> list[dict[str, Any]]:
    """A model that talks, in tokens: with the prompt's images apart, and with them as the text that most models bill
    them as. Where the images may be cached, or written to a cache, and which are is not said, only the second is
    known."""
    details, output = _input_details(usage), _output(usage)
    merged = _input(usage, details, images_apart=False)
    kinds = section(details, "cached_tokens_details")
    may_overlap = (merged.get("cached_input_tokens") and not kinds) or any(_cache_writes(details).values())
    if not count(details, "image_tokens") or may_overlap:
        return [merged | output]
    return [_input(usage, details, images_apart=True) | output, merged | output]


def _input(usage: Json, details: Json, *, images_apart: bool) -> dict[str, Any]:
    apart = ("audio", "image") if images_apart else ("audio",)
    kinds = section(details, "cached_tokens_details")
    cached_kinds = {f"cached_{kind}_input_tokens": count(kinds, f"{kind}_tokens") for kind in apart}
    parts = inside("cached_input_tokens", _cached(usage, details, kinds), **some(**cached_kinds))
    for kind in apart:
        cached = cached_kinds[f"cached_{kind}_input_tokens"]
        total = count(details, f"{kind}_tokens") or cached
        parts |= inside(f"{kind}_input_tokens", total, **some(**{f"cached_{kind}_input_tokens": cached}))
    parts |= _cache_writes(details)
    return inside("input_tokens", _prompt(usage), **some(**parts))


def _cached(usage: Json, details: Json, kinds: Json) -> int:
    # DeepSeek and Moonshot report it outside the details.
    for place, name in (
        (details, "cached_tokens"),
        (usage, "prompt_cache_hit_tokens"),
        (usage, "cached_tokens"),
    ):
        if place.get(name) is not None:
            return count(place, name)
    return sum(count(kinds, name) for name in ("text_tokens", "audio_tokens", "image_tokens"))


def _cache_writes(details: Json) -> dict[str, Any]:
    """Tokens written to a cache, by the time they are kept: for 30 minutes where no other is told."""
    total, times = count(details, "cache_write_tokens"), section(details, "cache_write_tokens_details")
    for name in times:
        if name not in CACHE_WRITES and (tokens := count(times, name)):
            raise UnreadableReply(
                f"a usage of {tokens} {name} in its cache_write_tokens, a time without a unit"
            )
    by_time = some(**{unit: count(times, name) for name, unit in CACHE_WRITES.items()})
    if by_time and sum(by_time.values()) != total:
        raise UnreadableReply(
            f"a usage of {total} cache_write_tokens, of which {sum(by_time.values())} have a time"
        )
    return by_time or {CACHE_WRITES["ttl_30m_tokens"]: total}


def _output(usage: Json) -> dict[str, Any]:
    details = next((found for name in OUTPUT_DETAILS if (found := section(usage, name))), {})
    total = count(usage, "output_tokens") or count(usage, "completion_tokens")
    prompt, reasoning = _prompt(usage), count(details, "reasoning_tokens")
    parts = some(
        audio_output_tokens=count(details, "audio_tokens"),
        image_output_tokens=count(details, "image_tokens"),
    )
    more = count(usage, "total_tokens") - prompt - total
    if more <= 0:
        return inside("output_tokens", total, **parts, **some(reasoning_tokens=reasoning))
    if reasoning not in (0, more):
        raise UnreadableReply(
            f"a usage whose total is {more} tokens more than its {prompt} of input and {total} of output, with"
            f" {reasoning} of reasoning"
        )
    return inside("output_tokens", total, **parts) | {"reasoning_tokens": more}


def _tools(body: Json) -> dict[str, Any]:
    """Calls of the provider's own tools. A session of the code interpreter may serve several calls of one container;
    an image that a tool draws is billed apart, so it is counted and never forgotten."""
    calls = items(body, "output")
    searches = section(section(body, "tool_usage"), "web_search").get("num_requests")
    drawn = section(section(body, "tool_usage"), "image_gen").get("output_tokens")
    return {
        "web_searches": sum(map(_is_search, calls)) if searches is None else searches,
        "file_searches": sum(call.get("type") == "file_search_call" for call in calls),
        "code_sessions": len(
            {str(call.get("container_id")) for call in calls if call.get("type") == "code_interpreter_call"}
        ),
        "images": max(sum(call.get("type") == "image_generation_call" for call in calls), 1 if drawn else 0),
    }


def _is_search(call: Json) -> bool:
    # Opening a page that was found is no search.
    return call.get("type") == "web_search_call" and section(call, "action").get("type") in (None, "search")


def _input_details(usage: Json) -> Json:
    return next((found for name in INPUT_DETAILS if (found := section(usage, name))), {})


def _prompt(usage: Json) -> int:
    for name in ("input_tokens", "prompt_tokens"):
        if usage.get(name) is not None:
            return count(usage, name)
    raise UnreadableReply("an answer whose usage has no prompt_tokens or input_tokens")


def _whole_seconds(seconds: Any) -> int:
    """Seconds as they are billed: each that has begun."""
    exact = Decimal(repr(seconds)) if type(seconds) in (int, float) else seconds
    if not isinstance(exact, Decimal) or not exact.is_finite() or not 0 <= exact <= MOST:
        raise UnreadableReply(f"a usage of {shown_value(seconds, 50)} seconds")
    return int(exact.to_integral_value(rounding=ROUND_CEILING))
