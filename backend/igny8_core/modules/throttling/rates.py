from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ImproperlyConfigured

SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SPELLED: Final = re.compile(r"([1-9]\d*)/(s|sec|second|m|min|minute|h|hour|d|day)")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests at once, and after that one for each `interval_us`."""

    requests: int
    interval_us: int

    @property
    def slack_us(self) -> int:
        """How far ahead of the clock a client may have asked."""
        return (self.requests - 1) * self.interval_us

    @property
    def longest_us(self) -> int:
        """Further ahead than this no client ever is: twice the allowance, since clocks step back a little."""
        return 2 * self.requests * self.interval_us


def parse_rate(spelled: str) -> Rate:
    """`60/min`, `10/s`, `1000/hour`, `5000/day`. Raises ImproperlyConfigured."""
    match = SPELLED.fullmatch(spelled)
    if match is None:
        raise ImproperlyConfigured(
            f"the throttle rate '{spelled}' is not like 60/min, 10/s, 1000/hour or 5000/day"
        )
    requests = int(match[1])
    return Rate(requests, max(1, SECONDS[match[2][0]] * 1_000_000 // requests))
