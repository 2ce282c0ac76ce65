"""What a caller gets back from a charged call."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What every charged call carries. `cost` in USD, exactly; `cost_source` is "database" or "constants"."""

    request_id: UUID
    model: str
    provider: str
    cost: Decimal
    credits: Decimal
    cost_source: str
    input_tokens: int
    output_tokens: int
    # The answer was stored: nothing was called or charged again.
    replayed: bool = False

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_replay(self) -> Self:
        return replace(self, replayed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult(Charged):
    content: str
    finish_reason: str | None
    tool_calls: tuple[dict[str, Any], ...] = ()
    # Every choice's text where `n` was above 1; `content` is the first.
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedImage:
    """One of `url` and `b64_json` is set."""

    url: str | None = None
    b64_json: str | None = None
    revised_prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResult(Charged):
    images: tuple[GeneratedImage, ...]

    @property
    def content(self) -> str:
        """The first image: its address, or its bytes in base64."""
        return self.images[0].url or self.images[0].b64_json or ""
