"""What the admin's front page warns of: calls of the last days whose price is not sure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from igny8_core.business.billing.rate_words import label_of
from igny8_core.business.credits.models import CreditUsageLog
from igny8_core.business.usage.not_exact import NotExact, calls_that_are_not_exact
from igny8_core.modules.admin_list.cells import list_url
from igny8_core.modules.usage.chart import model_name
from igny8_core.modules.usage.numbers import count_text

DAYS: Final = 7
# A log can name any number of models.
MOST: Final = 10
SAID: Final = {
    CreditUsageLog.Confidence.UNPRICED.value: "without a price, so not charged: their credits are held until their rate is known",
    CreditUsageLog.Confidence.ESTIMATED.value: "charged at a rate that is stated as an estimate",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """`3 calls of gpt-4o (audio input tokens)`, with the list of them."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Alerts:
    """Of one kind; `url` is the list of all of them."""

    confidence: str
    text: str
    url: str
    models: tuple[Alert, ...]
    others: int


def read_alerts(*, now: datetime) -> list[Alerts]:
    """Empty where every price of the last days is exact."""
    since = now - timedelta(days=DAYS)
    found = calls_that_are_not_exact(since=since)
    return [
        _alerts(confidence, kind, since)
        for confidence in SAID
        if (kind := [one for one in found if one.confidence == confidence])
    ]


def _alerts(confidence: str, found: list[NotExact], since: datetime) -> Alerts:
    calls = sum(one.calls for one in found)
    return Alerts(
        confidence=confidence,
        text=f"{_calls(calls)} in the last {DAYS} days {'was' if calls == 1 else 'were'} {SAID[confidence]}.",
        url=_list_url(confidence, since),
        models=tuple(
            Alert(_text(one), _list_url(confidence, since, model=one.model) if one.model else "")
            for one in found[:MOST]
        ),
        others=len(found[MOST:]),
    )


def _text(one: NotExact) -> str:
    units = ", ".join(map(label_of, one.units))
    return f"{_calls(one.calls)} of {model_name(one.model)}" + (f": {units}" if units else "")


def _calls(number: int) -> str:
    return f"{count_text(number)} call" + ("" if number == 1 else "s")


def _list_url(confidence: str, since: datetime, **more: str) -> str:
    start = since.astimezone(UTC)
    times = {"admitted_at_from_0": f"{start:%Y-%m-%d}", "admitted_at_from_1": f"{start:%H:%M:%S}"}
    return list_url(CreditUsageLog, confidence__exact=confidence, **times, **more)
