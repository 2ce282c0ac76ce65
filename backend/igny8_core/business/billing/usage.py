"""What a call consumed, in disjoint units, with the differences between providers gone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Self

from igny8_core.business.errors import InvalidRequest

# Far above any call; a larger count is a fault of whoever reports it.
MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of units. No unit contains another: a token is counted once. Raises InvalidRequest for a bad count."""

    input_tokens: int = 0
    output_tokens: int = 0
    images: int = 0

    def __post_init__(self) -> None:
        for unit, quantity in self.units():
            is_count = isinstance(quantity, int) and not isinstance(quantity, bool)
            if not is_count or not 0 <= quantity <= MOST:
                raise InvalidRequest(
                    f"{unit} is {repr(quantity)[:50]}; it must be a whole number from 0 to {MOST}", unit=unit
                )

    def units(self) -> tuple[tuple[str, int], ...]:
        """(unit, quantity) of every unit, in the order of the fields, zeros included."""
        return (
            ("input_tokens", self.input_tokens),
            ("output_tokens", self.output_tokens),
            ("images", self.images),
        )

    def to_json(self) -> dict[str, int]:
        """Only the units that were used: `{"input_tokens": 1000}`."""
        return {unit: quantity for unit, quantity in self.units() if quantity}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of to_json. Raises InvalidRequest for a unit that is not known."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(data.keys() - known):
            raise InvalidRequest(f"unknown usage unit: {', '.join(unknown)}", units=unknown)
        return cls(**data)
