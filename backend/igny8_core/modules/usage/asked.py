"""What the address asks the usage panel for. An address is typed, too: what it does not know is the default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urlencode

from django.http import QueryDict

from igny8_core.business.usage.by_day import EVERYTHING, Only

COUNTS: Final = (7, 30, 90)
DEFAULT_COUNT: Final = 30
# measure -> what a person calls it
MEASURES: Final = {"cost": "Cost", "credits": "Credits", "tokens": "Tokens", "calls": "Calls"}
DEFAULT_MEASURE: Final = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The last `count` days, narrowed, with the chart drawing `measure`."""

    count: int = DEFAULT_COUNT
    only: Only = EVERYTHING
    measure: str = DEFAULT_MEASURE

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        count, measure = query.get("days", ""), query.get("measure", "")
        kind, _, name = query.get("only", "").partition(":")
        return cls(
            count=int(count) if count in map(str, COUNTS) else DEFAULT_COUNT,
            only=Only(**{kind: name}) if kind in ("model", "provider") and name else EVERYTHING,
            measure=measure if measure in MEASURES else DEFAULT_MEASURE,
        )

    @property
    def only_text(self) -> str:
        """As the address has it: `model:gpt-4o`, `provider:openai`, or nothing."""
        if self.only.model is not None:
            return f"model:{self.only.model}"
        return f"provider:{self.only.provider}" if self.only.provider is not None else ""

    @property
    def only_name(self) -> str:
        return self.only.model or self.only.provider or ""

    @property
    def query(self) -> str:
        """The shortest address that asks for this: `?days=7&only=model%3Agpt-4o`."""
        values = {
            "days": str(self.count) if self.count != DEFAULT_COUNT else "",
            "only": self.only_text,
            "measure": self.measure if self.measure != DEFAULT_MEASURE else "",
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def for_days(self, count: int) -> Self:
        return replace(self, count=count)

    def for_only(self, only: Only) -> Self:
        return replace(self, only=only)
