"""What crosses the wall between a dialect and the metered path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from igny8_core.ai.results import GeneratedImage
from igny8_core.business.billing.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCall:
    """A text call with its cap already decided. `options` are the caller's: temperature, stop, seed, …"""

    model: str
    messages: Sequence[Mapping[str, Any]]
    cap: int
    choices: int
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCall:
    model: str
    prompt: str
    size: str
    count: int
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRequest:
    """`path` is joined to the provider's base URL; `body` is sent as JSON."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReply:
    """`ways` are the ways in which the one call's usage is reported."""

    texts: tuple[str, ...]
    finish_reason: str | None
    tool_calls: tuple[dict[str, Any], ...]
    ways: tuple[Usage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReply:
    """`tokens` is the usage in tokens, where the provider reports it beside the images; `quality` the one that it says
    they have, which may be its own choice."""

    images: tuple[GeneratedImage, ...]
    tokens: Usage | None = None
    quality: str | None = None


class UnreadableReply(Exception):
    """The provider's answer lacks what the dialect promises; it may be billed all the same."""


class Dialect(Protocol):
    """Pure translation: calls to JSON, JSON to replies. Parsers raise UnreadableReply.

    `tiers_of` names the service tiers that a call with these options may be billed in, the one that is asked for first,
    "*" for any; `quality_of` the
    image quality that it asks for, "" for the standard one. Both raise InvalidRequest.
    """

    def authorization(self, api_key: str) -> dict[str, str]: ...
    def text_request(self, call: TextCall) -> ProviderRequest: ...
    def parse_text(self, body: Any) -> TextReply: ...
    def image_request(self, call: ImageCall) -> ProviderRequest: ...
    def parse_image(self, body: Any) -> ImageReply: ...
    def tiers_of(self, options: Mapping[str, Any]) -> tuple[str, ...]: ...
    def quality_of(self, options: Mapping[str, Any]) -> str: ...
    def error_message(self, body: Any) -> str | None: ...
