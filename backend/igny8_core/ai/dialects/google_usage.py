"""What Gemini's replies say was used: generateContent, the last chunk of its streams, embeddings, and batches.

Cached content is inside the prompt; thoughts and the results of tools are beside what they belong to. Each count may
be itemised by modality. A count that is zero is left out.
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
    some,
    text,
    told,
    usage_reader,
)
from igny8_core.business.billing.usage import Usage, inside
from igny8_core.business.errors import InvalidRequest

STANDARD_TIERS: Final = ("", "on_demand", "traffic_type_unspecified", "standard", "unspecified")
# What else a line of a batch's output has; other wrappers are no batch.
OF_A_BATCH: Final = ("key", "request", "metadata", "processed_time")
MODALITIES: Final = ("audio", "image")


def is_ours(body: Any) -> bool:
    """Whether a body has the shape of one of these replies."""
    body, _ = _unwrapped(body)
    return isinstance(body, Mapping) and "usageMetadata" in body


@usage_reader
def read_usage(body: Any) -> ReportedUsage:
    """The usage of one reply, or of a line of a batch's output. Raises UnreadableReply."""
    if not is_ours(body):
        raise UnreadableReply(f"no reply of Gemini's: {told(body)}")
    body, is_batch = _unwrapped(body)
    usage = section(body, "usageMetadata")
    _check_total(usage)
    circumstances: dict[str, Any] = {
        "web_searches": sum(map(_searches, items(body, "candidates"))),
        "service_tier": _tier(usage),
        "is_batch": is_batch,
    }
    output = _output(usage)
    ways = [Usage(**prompt, **output, **circumstances) for prompt in _prompts(usage)]
    if images := sum(map(_images, items(body, "candidates"))):
        ways.append(Usage(images=images, **circumstances))
    return reported(_model(body), *ways)


def _unwrapped(body: Any) -> tuple[Any, bool]:
    if isinstance(body, Mapping) and isinstance(body.get("response"), Mapping):
        return body["response"], any(name in body for name in OF_A_BATCH)
    return body, False


def _model(body: Json) -> str | None:
    """A resource is named "models/gemini-…" or "publishers/google/models/gemini-…"; the model is what follows."""
    name = text(body, "modelVersion")
    return name and name.rpartition("models/")[2]


def _tier(usage: Json) -> str:
    said = text(usage, "trafficType") or text(usage, "serviceTier") or ""
    tier = said.lower()
    return "" if tier in STANDARD_TIERS else tier.removeprefix("on_demand_")


def _prompts(usage: Json) -> list[dict[str, Any]]:
    """The prompt with its images apart, and with them as the text that most models bill them as. Where cached tokens
    may be of either, only the second is known."""
    merged = _prompt(usage, ("audio",))
    has_images = any(
        _of(usage, f"{part}Details").get("image") for part in ("promptTokens", "toolUsePromptTokens")
    )
    is_known = not count(usage, "cachedContentTokenCount") or items(usage, "cacheTokensDetails")
    return [_prompt(usage, MODALITIES), merged] if has_images and is_known else [merged]


def _prompt(usage: Json, apart: tuple[str, ...]) -> dict[str, Any]:
    """The counts of the prompt and of what tools brought; video and documents cost what text costs."""
    prompt, cached, tools = (
        _of(usage, name)
        for name in ("promptTokensDetails", "cacheTokensDetails", "toolUsePromptTokensDetails")
    )
    of_cache = {f"cached_{kind}_input_tokens": cached.get(kind, 0) for kind in apart}
    counts = inside("cached_input_tokens", count(usage, "cachedContentTokenCount"), **some(**of_cache))
    for kind in apart:
        name = f"cached_{kind}_input_tokens"
        counts |= inside(
            f"{kind}_input_tokens", prompt.get(kind, 0) or of_cache[name], **some(**{name: of_cache[name]})
        )
    counts = inside("input_tokens", count(usage, "promptTokenCount"), **some(**counts))
    from_tools = inside(
        "input_tokens",
        count(usage, "toolUsePromptTokenCount"),
        **some(**{f"{kind}_input_tokens": tools.get(kind, 0) for kind in apart}),
    )
    return counts | {unit: counts.get(unit, 0) + more for unit, more in from_tools.items()}


def _output(usage: Json) -> dict[str, Any]:
    kinds = _of(usage, "candidatesTokensDetails") or _of(usage, "responseTokensDetails")
    parts = {f"{kind}_output_tokens": kinds.get(kind, 0) for kind in MODALITIES}
    total = count(usage, "candidatesTokenCount") or count(usage, "responseTokenCount")
    return inside("output_tokens", total, **some(**parts)) | {
        "reasoning_tokens": count(usage, "thoughtsTokenCount")
    }


def _of(usage: Json, name: str) -> dict[str, Any]:
    """Tokens by modality, in small letters."""
    counts: dict[str, Any] = {}
    for item in items(usage, name):
        kind = str(item.get("modality", "")).lower()
        counts[kind] = counts.get(kind, 0) + count(item, "tokenCount")
    return counts


def _check_total(usage: Json) -> None:
    """Refuses tokens that are counted in the total alone: what they are, and cost, is not said."""
    names = (
        "promptTokenCount",
        "toolUsePromptTokenCount",
        "candidatesTokenCount",
        "responseTokenCount",
        "thoughtsTokenCount",
    )
    counts = some(**{name: count(usage, name) for name in names})
    more = count(usage, "totalTokenCount") - sum(counts.values())
    if more > 0:
        parts = " + ".join(f"{tokens} {name}" for name, tokens in counts.items()) or "nothing"
        raise InvalidRequest(f"totalTokenCount is {more} more than {parts}")


def _searches(candidate: Json) -> int:
    found = section(candidate, "groundingMetadata")
    queries = [found.get(name) for name in ("webSearchQueries", "imageSearchQueries")]
    return sum(len([query for query in each if query]) for each in queries if isinstance(each, list))


def _images(candidate: Json) -> int:
    parts = items(section(candidate, "content"), "parts")
    return sum((text(section(part, "inlineData"), "mimeType") or "").startswith("image/") for part in parts)
