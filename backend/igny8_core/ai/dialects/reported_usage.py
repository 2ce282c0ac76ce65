"""What a provider's reply says that the call used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from igny8_core.ai.dialects.messages import UnreadableReply
from igny8_core.business.billing.usage import MOST, Usage, beside
from igny8_core.business.errors import InvalidRequest
from igny8_core.business.shown_value import shown_value

Json = Mapping[str, Any]
KINDS: Final[dict[type, str]] = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
# Where a reply is wrapped, in a line of a batch's file or in an event of a stream.
WRAPPERS: Final = (("response",), ("response", "body"), ("result", "message"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedUsage:
    """`model` is the provider's own name of it, None where the reply has none. `ways` are the ways in which the one
    call is reported, an image as tokens and as an image, say: `as_billed` picks the way that the model's card prices."""

    model: str | None
    ways: tuple[Usage, ...]


UsageReader = Callable[[Any], ReportedUsage]


def reported(model: str | None, *ways: Usage) -> ReportedUsage:
    """The ways in which anything was used: a way without a count would cost nothing, and no call does. Raises
    UnreadableReply where none is left."""
    used = tuple(way for way in ways if way.used)
    if not used:
        raise UnreadableReply("an answer that counts nothing: no tokens, no images, no seconds")
    return ReportedUsage(model=model, ways=used)


def usage_reader(read: UsageReader) -> UsageReader:
    """A reader to whom counts that cannot be are an UnreadableReply."""

    @wraps(read)
    def checked(body: Any) -> ReportedUsage:
        try:
            return read(body)
        except InvalidRequest as error:
            raise UnreadableReply(f"an answer whose counts cannot be right: {error}") from error

    return checked


def section(body: Json, name: str) -> Json:
    """The object at `name`; an empty one where there is none."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UnreadableReply(f"an answer whose {name} is {shown_value(value, 50)}, which is no object")
    return value


def items(body: Json, name: str) -> list[Json]:
    """The objects of the list at `name`; none where there is no list."""
    value = body.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text(body: Json, name: str) -> str | None:
    """The string at `name`, None where there is none."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise UnreadableReply(f"an answer whose {name} is {shown_value(value, 50)}, which is no text")
    return value or None


def count(body: Json, name: str) -> int:
    """The whole number at `name`; 0 where there is none. Raises InvalidRequest for what cannot be a count."""
    try:
        return beside("input_tokens", body.get(name))["input_tokens"]
    except InvalidRequest:
        raise InvalidRequest(
            f"{name} is {shown_value(body[name], 50)}; it must be a whole number from 0 to {MOST}", unit=name
        ) from None


def model_named(body: Any) -> str | None:
    """The model that a body names, also where nothing else of it can be read."""
    for path in ((), *WRAPPERS):
        part = body
        for step in path:
            part = part.get(step) if isinstance(part, Mapping) else None
        for name in ("model", "modelVersion"):
            found = part.get(name) if isinstance(part, Mapping) else None
            if isinstance(found, str) and found:
                return found.rpartition("models/")[2] if name == "modelVersion" else found
    return None


def some(**counts: Any) -> dict[str, Any]:
    """The counts that are not zero, so that a refusal names only what matters. One that cannot be stays."""
    return {name: count for name, count in counts.items() if count}


def told(body: Any) -> str:
    """What a body that is nobody's looks like: its kind, or its first fields."""
    if not isinstance(body, Mapping):
        return KINDS.get(type(body), "a number")
    if isinstance(error := body.get("error"), Mapping):
        return f"an error, which is billed nothing: {str(error.get('message') or error)[:200]}"
    return f"an object of {', '.join(map(str, list(body)[:8]))[:200] or 'nothing'}"
