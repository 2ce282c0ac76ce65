"""One stated workload priced across models, side by side. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from igny8_core.business.billing.pricing import Cost, as_billed, price
from igny8_core.business.billing.rate_cards import EXACT, Rate, RateCard
from igny8_core.business.billing.usage import MOST, NAMES, Usage
from igny8_core.business.errors import InvalidRequest, UnpricedUsage

# A share finer than this is a slip; and the share of any count stays exact.
MOST_DECIMALS: Final = 4
STANDARD_CALL: Final = Usage()


@dataclass(frozen=True, slots=True)
class Workload:
    """Calls that are all alike: the counts are of one of them. Raises InvalidRequest for what cannot be.

    `cached_share_percent` of the input tokens are found in the provider's cache; 60 is six in ten.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_share_percent: Decimal | int = 0
    images: int = 0
    image_size: str = ""
    image_quality: str = ""
    calls_a_month: int = 1
    # What one call uses: with the cached tokens apart, and with all of them as plain input.
    usage: Usage = field(init=False, repr=False, compare=False)
    uncached: Usage = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_calls(self.calls_a_month)
        _check_share(self.cached_share_percent)
        uncached = Usage(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            images=self.images,
            image_size=self.image_size,
            image_quality=self.image_quality,
        )
        if not uncached.used:
            raise InvalidRequest(
                "the workload is empty; give at least one of input_tokens, output_tokens and images"
            )
        cached = self.cached_tokens
        usage = replace(uncached, input_tokens=self.input_tokens - cached, cached_input_tokens=cached)
        object.__setattr__(self, "uncached", uncached)
        object.__setattr__(self, "usage", usage)

    @property
    def cached_tokens(self) -> int:
        """The cached share of the input in whole tokens, rounded down: the rest, which costs more, is never too small."""
        share = EXACT.multiply(Decimal(self.input_tokens), Decimal(self.cached_share_percent))
        return int(EXACT.divide_int(share, Decimal(100)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model to compare, at the card of one moment. A limit is None where it is not known.

    `capabilities` says what it can: {"vision": True, …}.
    """

    name: str
    card: RateCard
    model_type: str = ""
    display_name: str = ""
    is_active: bool = True
    context_window: int | None = None
    max_output_tokens: int | None = None
    valid_sizes: tuple[str, ...] = ()
    capabilities: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate and what the workload costs with it: `cost` of a call and `month_usd`, or `unpriced` says why not.

    `prices` are what its units cost in standard calls. `cached_as_input` is true where it has no rate for cached input
    while the workload has some: those tokens are then priced as plain input, as by a provider that offers no caching.
    `misfits` are the sentences of why it cannot take such a call at all.
    """

    candidate: Candidate
    prices: tuple[Rate, ...]
    usage: Usage
    cost: Cost | None
    month_usd: Decimal | None
    cached_as_input: bool
    unpriced: str
    misfits: tuple[str, ...]


def compare(candidates: Iterable[Candidate], workload: Workload) -> tuple[Compared, ...]:
    """Each candidate with the workload's cost, in the order given."""
    return tuple(_compare(candidate, workload) for candidate in candidates)


def standard_prices(card: RateCard) -> tuple[Rate, ...]:
    """What the units that the card has rates for cost in standard calls: one rate a unit, in the registry's order."""
    chosen = card.rates_for(STANDARD_CALL)
    return tuple(chosen[unit] for unit in NAMES if unit in chosen and chosen[unit].unit == unit)


def _compare(candidate: Candidate, workload: Workload) -> Compared:
    card = candidate.card
    cached_as_input = bool(
        workload.usage.cached_input_tokens and "cached_input_tokens" not in card.rates_for(workload.usage)
    )
    usage = as_billed(card, workload.uncached if cached_as_input else workload.usage)
    cost, month_usd, unpriced = None, None, ""
    try:
        cost = price(card, usage)
        month_usd = EXACT.multiply(cost.total_usd, workload.calls_a_month)
    except UnpricedUsage as error:
        unpriced = error.message
    return Compared(
        candidate=candidate,
        prices=standard_prices(card),
        usage=usage,
        cost=cost,
        month_usd=month_usd,
        cached_as_input=cached_as_input,
        unpriced=unpriced,
        misfits=tuple(_misfits(candidate, workload)),
    )


def _misfits(candidate: Candidate, workload: Workload) -> Iterable[str]:
    window, most = candidate.context_window, candidate.max_output_tokens
    if window is not None and workload.input_tokens > window:
        yield f"{workload.input_tokens:,} input tokens are more than its context window of {window:,}"
    if most is not None and workload.output_tokens > most:
        yield f"{workload.output_tokens:,} output tokens are more than the {most:,} that it gives at most"
    sizes = candidate.valid_sizes
    if workload.images and workload.image_size and workload.image_size not in sizes:
        yield f"it makes no images of {workload.image_size}" + (
            f"; sizes: {', '.join(sizes)}" if sizes else ""
        )


def _check_calls(calls: int) -> None:
    if type(calls) is not int or not 1 <= calls <= MOST:
        raise InvalidRequest(
            f"calls_a_month is {repr(calls)[:50]}; it must be a whole number from 1 to {MOST}",
            unit="calls_a_month",
        )


def _check_share(percent: Decimal | int) -> None:
    share = Decimal(percent) if type(percent) in (int, Decimal) else None
    if share is None or not share.is_finite() or not 0 <= share <= 100 or _decimals(share) > MOST_DECIMALS:
        raise InvalidRequest(
            f"cached_share_percent is {repr(percent)[:50]}; it must be a number from 0 to 100 with at most"
            f" {MOST_DECIMALS} decimals",
            unit="cached_share_percent",
        )


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)
