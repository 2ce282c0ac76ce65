"""What a call consumed, in disjoint units, with the differences between providers gone."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from itertools import compress
from operator import attrgetter
from typing import Any, Final, Self

from igny8_core.business.errors import InvalidRequest
from igny8_core.business.shown_value import shown_value

MTOK: Final = 1_000_000

# Far above any call; a larger count is a fault of whoever reports it.
MOST: Final = 10**12
LONGEST_CIRCUMSTANCE: Final = 50


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that providers count and bill. `per` is the number that its price is usually given for.

    `side` is "input" or "output" where it is tokens of a prompt or of an answer, else "". `billed_as` names the unit
    whose rate it is billed at where it has none of its own. `bound_by` names the unit that a quote counts it as: an
    input token may turn out to be found in a cache.
    """

    name: str
    label: str
    per: int
    side: str = ""
    billed_as: str | None = None
    bound_by: str | None = None


def _counted(label: str, per: int, **about: Any) -> int:
    """A unit's row of the registry below: its count is 0 until a call uses it."""
    count: int = field(default=0, metadata={"label": label, "per": per, **about})
    return count


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of units, and the circumstances that prices depend on. No unit contains another: a token is counted once.

    The counts are the registry of units: a new unit is a row here. Raises InvalidRequest for a bad count.
    """

    input_tokens: int = _counted("input tokens", MTOK, side="input")
    cached_input_tokens: int = _counted("cached input tokens", MTOK, side="input", bound_by="input_tokens")
    cache_write_5m_tokens: int = _counted(
        "tokens written to a cache for 5 minutes", MTOK, side="input", bound_by="input_tokens"
    )
    cache_write_30m_tokens: int = _counted(
        "tokens written to a cache for 30 minutes", MTOK, side="input", bound_by="input_tokens"
    )
    cache_write_1h_tokens: int = _counted(
        "tokens written to a cache for 1 hour", MTOK, side="input", bound_by="input_tokens"
    )
    cache_write_12h_tokens: int = _counted(
        "tokens written to a cache for 12 hours", MTOK, side="input", bound_by="input_tokens"
    )
    audio_input_tokens: int = _counted("audio input tokens", MTOK, side="input")
    cached_audio_input_tokens: int = _counted(
        "cached audio input tokens", MTOK, side="input", bound_by="audio_input_tokens"
    )
    image_input_tokens: int = _counted("image input tokens", MTOK, side="input")
    cached_image_input_tokens: int = _counted(
        "cached image input tokens", MTOK, side="input", bound_by="image_input_tokens"
    )
    output_tokens: int = _counted("output tokens", MTOK, side="output")
    reasoning_tokens: int = _counted(
        "reasoning tokens", MTOK, side="output", billed_as="output_tokens", bound_by="output_tokens"
    )
    audio_output_tokens: int = _counted("audio output tokens", MTOK, side="output")
    image_output_tokens: int = _counted("image output tokens", MTOK, side="output")
    images: int = _counted("images", 1)
    requests: int = _counted("requests", 1)
    web_searches: int = _counted("web searches", 1000)
    file_searches: int = _counted("file searches", 1000)
    code_sessions: int = _counted("code interpreter sessions", 1)
    characters: int = _counted("characters", MTOK)
    seconds: int = _counted("seconds", 1)
    # A provider's own price of a call, for those that publish no rates: Runware's `cost`.
    reported_nanousd: int = _counted("billionths of a dollar that the provider reports", 10**9)

    # "" is the standard tier, at the standard quality; no size is for what has none.
    service_tier: str = ""
    is_batch: bool = False
    image_size: str = ""
    image_quality: str = ""

    # (unit, quantity) of what was used, in the order of the registry: what pricing walks.
    used: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        counts = _counts(self)
        if set(map(type, counts)) != {int} or min(counts) < 0 or max(counts) > MOST:
            raise _bad_count(self)
        if type(self.is_batch) is not bool:
            raise InvalidRequest(f"is_batch is {shown_value(self.is_batch, 50)}; it must be true or false")
        for name in CIRCUMSTANCES:
            if (value := getattr(self, name)) != "":
                _check_circumstance(name, value)
        used = zip(compress(NAMES, counts), filter(None, counts), strict=True)
        object.__setattr__(self, "used", tuple(used))

    @property
    def all_input_tokens(self) -> int:
        """Every token of the prompt, cached or not: what a long-context threshold is compared with."""
        return sum(_inputs(self))

    @property
    def all_output_tokens(self) -> int:
        """Every token of the answer, reasoning included."""
        return sum(_outputs(self))

    def to_json(self) -> dict[str, int | str | bool]:
        """Only what was used and what is not standard: `{"input_tokens": 1000, "service_tier": "flex"}`."""
        return {name: value for name in FIELDS if (value := getattr(self, name))}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of to_json. Raises InvalidRequest for a unit that is not known."""
        if unknown := sorted(data.keys() - set(FIELDS)):
            raise InvalidRequest(f"unknown usage unit: {', '.join(unknown)[:200]}", units=unknown[:10])
        return cls(**data)

    def with_one_request(self) -> Self:
        """The same usage as one request, for the models that bill each."""
        return replace(self, requests=1)


# The registry: what can be counted, priced and charged, by name.
UNITS: Final[dict[str, Unit]] = {
    unit.name: Unit(unit.name, **unit.metadata) for unit in fields(Usage) if unit.metadata
}
NAMES: Final = tuple(UNITS)
CIRCUMSTANCES: Final = ("service_tier", "image_size", "image_quality")
FIELDS: Final = (*NAMES, "is_batch", *CIRCUMSTANCES)
# Circumstance -> what the standard one is called; prices call it "".
STANDARD_NAMES: Final = {"service_tier": ("default", "standard"), "image_quality": ("standard",)}
_counts: Final = attrgetter(*NAMES)
_inputs: Final = attrgetter(*(unit.name for unit in UNITS.values() if unit.side == "input"))
_outputs: Final = attrgetter(*(unit.name for unit in UNITS.values() if unit.side == "output"))


def as_prices_name(circumstance: str, name: str) -> str:
    """A service tier or an image quality as prices name it, whoever says it: in small letters, "" for the standard one."""
    name = name.lower()
    return "" if name in STANDARD_NAMES[circumstance] else name


def inside(whole: str, total: int | None, **parts: int | None) -> dict[str, int]:
    """The disjoint counts of a `total` that its parts are inside of: what is left of it is counted as `whole`.

    OpenAI counts cached tokens inside the prompt: `Usage(**inside("input_tokens", 1000, cached_input_tokens=600))`
    has 400 input tokens and 600 cached ones. A count that is None was not reported. Raises InvalidRequest with the
    numbers where the parts are more than the total.
    """
    counts = beside(whole, total, **parts)
    left = counts[whole] - sum(counts[part] for part in parts)
    if left < 0:
        listed = " + ".join(f"{counts[part]} {part}" for part in parts)
        raise InvalidRequest(
            f"{listed} cannot be inside {counts[whole]} {whole}: they are {-left} more", unit=whole
        )
    return counts | {whole: left}


def beside(whole: str, total: int | None, **parts: int | None) -> dict[str, int]:
    """The counts of a `total` that its parts are not inside of: Anthropic counts cached tokens beside the input.

    Raises InvalidRequest for a count that cannot be.
    """
    counts = {name: count if count is not None else 0 for name, count in {whole: total, **parts}.items()}
    Usage.from_json(counts)
    return counts


def _bad_count(usage: Usage) -> InvalidRequest:
    unit, quantity = next(
        (unit, quantity)
        for unit, quantity in zip(NAMES, _counts(usage), strict=True)
        if type(quantity) is not int or not 0 <= quantity <= MOST
    )
    return InvalidRequest(
        f"{unit} is {shown_value(quantity, 50)}; it must be a whole number from 0 to {MOST}", unit=unit
    )


def _check_circumstance(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.isprintable() or len(value) > LONGEST_CIRCUMSTANCE:
        raise InvalidRequest(
            f"{name} is {shown_value(value)}; it must be at most {LONGEST_CIRCUMSTANCE} printable characters"
        )
