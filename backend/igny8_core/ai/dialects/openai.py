"""OpenAI's chat completions and images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from igny8_core.ai.dialects.messages import (
    ImageCall,
    ImageReply,
    ProviderRequest,
    TextCall,
    TextReply,
    UnreadableReply,
)
from igny8_core.ai.dialects.openai_usage import image_tokens, quality_named, read_usage, tier_named
from igny8_core.ai.dialects.reported_usage import section, text
from igny8_core.ai.results import GeneratedImage
from igny8_core.business.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class OpenAIDialect:
    """`cap_field` names the output cap: OpenAI wants max_completion_tokens, many compatible servers only know max_tokens."""

    cap_field: str

    def authorization(self, api_key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {api_key}"}

    def text_request(self, call: TextCall) -> ProviderRequest:
        body: dict[str, Any] = {"model": call.model, "messages": list(call.messages), **call.options}
        body[self.cap_field] = call.cap
        if call.choices > 1:
            body["n"] = call.choices
        return ProviderRequest(path="/chat/completions", body=body)

    def parse_text(self, body: Any) -> TextReply:
        try:
            choices = body["choices"]
            first = choices[0]
            return TextReply(
                texts=tuple(choice["message"].get("content") or "" for choice in choices),
                finish_reason=first.get("finish_reason"),
                tool_calls=tuple(first["message"].get("tool_calls") or ()),
                ways=read_usage(body).ways,
            )
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise UnreadableReply(f"a chat completion without {error}") from error

    def image_request(self, call: ImageCall) -> ProviderRequest:
        body = {
            "model": call.model,
            "prompt": call.prompt,
            "size": call.size,
            "n": call.count,
            **call.options,
        }
        return ProviderRequest(path="/images/generations", body=body)

    def parse_image(self, body: Any) -> ImageReply:
        try:
            images = tuple(
                GeneratedImage(
                    url=item.get("url"),
                    b64_json=item.get("b64_json"),
                    revised_prompt=item.get("revised_prompt"),
                )
                for item in body["data"]
            )
            tokens = image_tokens(section(body, "usage"))
            quality = text(body, "quality")
        except (KeyError, TypeError, AttributeError) as error:
            raise UnreadableReply(f"an image answer without {error}") from error
        except InvalidRequest as error:
            raise UnreadableReply(f"an answer whose counts cannot be right: {error}") from error
        if not images:
            raise UnreadableReply("an image answer without images")
        return ImageReply(images=images, tokens=tokens, quality=quality and quality_named(quality))

    def tiers_of(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        asked = options.get("service_tier")
        match asked:
            case "auto":
                return ("*",)
            case None | str():
                tier = tier_named(asked)
                # A busy tier may answer at the standard one.
                return (tier, "") if tier else ("",)
        raise InvalidRequest(f"service_tier is {repr(asked)[:50]}; it must be a string")

    def quality_of(self, options: Mapping[str, Any]) -> str:
        asked = options.get("quality") or "standard"
        if not isinstance(asked, str) or asked == "auto":
            raise InvalidRequest(
                f"quality is {repr(asked)[:50]}; it must be named, e.g. 'hd' or 'high', because it decides the price"
            )
        return quality_named(asked)

    def error_message(self, body: Any) -> str | None:
        try:
            return str(body["error"]["message"])
        except (KeyError, TypeError):
            return None
