"""The upper bound of what a call can use, in units: what is held before it is made."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any, Final

from igny8_core.business.billing.catalogue import Model
from igny8_core.business.billing.pricing import STANDARD, dearest_rate
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits import money
from igny8_core.business.errors import InvalidRequest, UnboundedRequest

# A byte is at most one token in byte-level BPE, so the text itself needs no tokenizer. What a provider adds around the
# text is allowed for here: (tokens, what it is for, source). Each is above what its source counts.
ALLOWANCES: Final = {
    "request": (16, "3 tokens prime a reply", "OpenAI cookbook, How to count tokens with tiktoken"),
    "message": (16, "3 or 4 tokens of format for each message", "OpenAI cookbook, the same page"),
    "tool": (32, "7 to 12 tokens of format for each tool or schema", "OpenAI cookbook, the same page"),
}
FOR_REQUEST, FOR_MESSAGE, FOR_TOOL = (ALLOWANCES[name][0] for name in ("request", "message", "tool"))

# A call that names no cap is given what this share of the available credits affords, but a useful answer at least.
SHARE_FOR_OUTPUT: Final = Decimal("0.125")
LEAST_OUTPUT_TOKENS: Final = 256


def bound_input(model: Model, messages: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> Usage:
    """At most this input: the bytes of inline text with their allowances, whatever window the catalogue states, because
    it is the provider's own window that stops a longer text. Whatever is not inline text counts together as one context
    window of image tokens more, the kind that may be billed as any. Raises UnboundedRequest where that is not known."""
    text_bytes = FOR_REQUEST
    window = 0
    for message in messages:
        text_bytes += FOR_MESSAGE
        for name, value in message.items():
            counted = _text_bytes(name, value)
            if counted is None:
                if model.context_window is None:
                    raise UnboundedRequest(
                        f"{model.name} has no known context window, so only inline text can be bounded",
                        model=model.name,
                    )
                window = model.context_window
            else:
                text_bytes += counted
    for name in ("tools", "response_format"):
        if options.get(name):
            value = options[name]
            text_bytes += len(json.dumps(value, default=str).encode())
            text_bytes += FOR_TOOL * (len(value) if isinstance(value, list) else 1)
    return Usage(input_tokens=text_bytes, image_input_tokens=window)


def output_cap(
    model: Model,
    prompt: Usage,
    *,
    tiers: Collection[str] = STANDARD,
    asked: int | None,
    choices: int,
    available_credits: Decimal | None,
) -> int:
    """Output tokens for each choice: as asked, else what the model allows and a share of the credits affords, at the
    dearest rate after a `prompt` of at most this usage.

    `available_credits` is needed only where nothing is asked. Raises InvalidRequest, and UnboundedRequest where
    neither the model nor a rate limits the output.
    """
    if asked is not None:
        if isinstance(asked, bool) or not isinstance(asked, int) or asked < 1:
            raise InvalidRequest(f"max_tokens is {asked!r}; it must be a whole number of at least 1")
        return asked
    allowed = model.max_output_tokens or model.context_window
    rate = dearest_rate(model.card, prompt, "output_tokens", tiers=tiers)
    if rate is not None and rate.amount > 0:
        usd = money.credits_to_usd(max(available_credits or Decimal(0), Decimal(0)) * SHARE_FOR_OUTPUT)
        context = Context(prec=60, rounding=ROUND_FLOOR)
        affordable = int(context.divide_int(usd * rate.per, rate.amount * choices))
        affordable = max(affordable, LEAST_OUTPUT_TOKENS)
        return affordable if allowed is None else min(affordable, allowed)
    if allowed is None:
        raise UnboundedRequest(f"max_tokens is needed: {model.name} states no limit of its output")
    return allowed


def _text_bytes(name: str, value: Any) -> int | None:
    """UTF-8 bytes of a message's field; None where it holds anything that is not inline text."""
    match value:
        case None:
            return 0
        case str():
            return len(value.encode(errors="surrogatepass"))
        case list() if name == "tool_calls" or all(_is_text_part(part) for part in value):
            return len(json.dumps(value, default=str).encode())
        case _:
            return None


def _is_text_part(part: Any) -> bool:
    return isinstance(part, Mapping) and part.keys() == {"type", "text"} and part["type"] == "text"
