"""The ways of speaking to a provider: one file each, and this one visible list."""

from __future__ import annotations

from typing import Final

from igny8_core.ai.dialects.messages import Dialect
from igny8_core.ai.dialects.openai import OpenAIDialect
from igny8_core.business.errors import ProviderNotConfigured

DIALECTS: Final[dict[str, Dialect]] = {
    "openai": OpenAIDialect(cap_field="max_completion_tokens"),
    "openai-compatible": OpenAIDialect(cap_field="max_tokens"),
}


def dialect_named(name: str, *, provider: str) -> Dialect:
    """Raises ProviderNotConfigured for a dialect that is not spoken here."""
    try:
        return DIALECTS[name]
    except KeyError:
        spoken = ", ".join(DIALECTS)
        raise ProviderNotConfigured(
            f"provider '{provider}' has dialect '{name}'; dialects spoken here: {spoken}", provider=provider
        ) from None
