"""The ways of speaking to a provider: one file each, and this one visible list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from igny8_core.ai.dialects import anthropic_usage, google_usage, openai_usage, runware_usage
from igny8_core.ai.dialects.messages import Dialect
from igny8_core.ai.dialects.openai import OpenAIDialect
from igny8_core.ai.dialects.reported_usage import UsageReader
from igny8_core.business.errors import ProviderNotConfigured

DIALECTS: Final[dict[str, Dialect]] = {
    "openai": OpenAIDialect(cap_field="max_completion_tokens"),
    "openai-compatible": OpenAIDialect(cap_field="max_tokens"),
}

# Every dialect whose usage can be read; not each of them can be spoken yet.
USAGE_READERS: Final[dict[str, UsageReader]] = {
    "openai": openai_usage.read_usage,
    "openai-compatible": openai_usage.read_usage,
    "anthropic": anthropic_usage.read_usage,
    "google": google_usage.read_usage,
    "runware": runware_usage.read_usage,
}
SHAPES: Final[dict[str, Callable[[Any], bool]]] = {
    "openai": openai_usage.is_ours,
    "anthropic": anthropic_usage.is_ours,
    "google": google_usage.is_ours,
    "runware": runware_usage.is_ours,
}


def dialects_of(body: Any) -> list[str]:
    """The dialects whose replies have the shape of this body: one, where it is clear."""
    return [name for name, is_ours in SHAPES.items() if is_ours(body)]


def dialect_named(name: str, *, provider: str) -> Dialect:
    """Raises ProviderNotConfigured for a dialect that is not spoken here."""
    try:
        return DIALECTS[name]
    except KeyError:
        spoken = ", ".join(DIALECTS)
        raise ProviderNotConfigured(
            f"provider '{provider}' has dialect '{name}'; dialects spoken here: {spoken}", provider=provider
        ) from None
