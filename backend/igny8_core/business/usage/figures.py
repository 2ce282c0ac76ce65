"""What calls amounted to: counts and exact sums, that add up to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Final

from igny8_core.business.billing.usage import UNITS
from igny8_core.business.credits.money import EXACT

# The units that a figure is the sum of: tokens of a prompt, cached or not, and of an answer, reasoning included.
INPUT_UNITS: Final = tuple(unit.name for unit in UNITS.values() if unit.side == "input")
OUTPUT_UNITS: Final = tuple(unit.name for unit in UNITS.values() if unit.side == "output")
IMAGE_UNITS: Final = ("images",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Outcomes, and what the charged calls used and cost.

    `calls` were charged. The others were not, and count attempts: `refused` before anything was sent, `failed` with
    the credits given back, `unknown` without an answer while the provider may bill. The log only ever gains rows, so
    an attempt that ended unknown and was charged later is one of each.
    """

    calls: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    images: int = 0
    cost_usd: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def uncharged(self) -> int:
        return self.refused + self.failed + self.unknown

    def __add__(self, other: Figures) -> Figures:
        # Python's usual context keeps 28 digits, and USD alone have 30.
        return Figures(
            calls=self.calls + other.calls,
            refused=self.refused + other.refused,
            failed=self.failed + other.failed,
            unknown=self.unknown + other.unknown,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            images=self.images + other.images,
            cost_usd=EXACT.add(self.cost_usd, other.cost_usd),
            credits=EXACT.add(self.credits, other.credits),
        )


def total(figures: Iterable[Figures]) -> Figures:
    return reduce(add, figures, Figures())
