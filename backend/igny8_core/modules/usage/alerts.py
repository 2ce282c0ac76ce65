"""What the admin's front page warns of: calls of the last days whose price is not sure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import ProgrammingError, transaction

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.rate_words import label_of
from igny8_core.business.credits.models import CreditUsageLog
from igny8_core.business.usage.not_exact import NotExact, Unsure, calls_that_are_not_exact
from igny8_core.modules.admin_list.cells import list_url, page_url
from igny8_core.modules.usage.chart import model_name
from igny8_core.modules.usage.numbers import count_text

DAYS: Final = 7
# A log can name any number of models.
MOST: Final = 10
# (of one call, of more)
SAID: Final = {
    CreditUsageLog.Confidence.UNPRICED.value: (
        "had no price and was not charged: its credits stay set aside until somebody ends the hold",
        "had no price and were not charged: their credits stay set aside until somebody ends the holds",
    ),
    CreditUsageLog.Confidence.ESTIMATED.value: (
        "was charged at a rate that is stated as an estimate",
        "were charged at a rate that is stated as an estimate",
    ),
}
SEE: Final = {CreditUsageLog.Confidence.UNPRICED.value: " (docs: Prices, “When a call had no price”)"}


@dataclass(frozen=True, slots=True)
class Alert:
    """`3 calls of gpt-4o: audio input tokens (flex tier)`, with the list of them and the page of the model, where there
    is one to be seen."""

    text: str
    url: str
    model_url: str = ""


@dataclass(frozen=True, slots=True)
class Alerts:
    """Of one kind; `url` is the list of all of them."""

    confidence: str
    text: str
    url: str
    models: tuple[Alert, ...]
    others: int


def read_alerts(*, now: datetime, with_models: bool = True) -> list[Alerts]:
    """Empty where every price of the last days is exact. `with_models`: whoever reads them may see the models' pages."""
    since = now - timedelta(days=DAYS)
    found = calls_that_are_not_exact(since=since)
    pages = _model_pages(found) if found and with_models else {}
    return [
        _alerts(confidence, kind, since, pages)
        for confidence in SAID
        if (kind := [one for one in found if one.confidence == confidence])
    ]


def _model_pages(found: list[NotExact]) -> dict[str, str]:
    """Name -> address; none while the prices are rolled back."""
    try:
        with transaction.atomic():
            rows = AIModelConfig.objects.filter(model_name__in={one.model for one in found if one.model})
            return {name: page_url(AIModelConfig, pk) for name, pk in rows.values_list("model_name", "pk")}
    except ProgrammingError:
        return {}


def _alerts(confidence: str, found: list[NotExact], since: datetime, pages: dict[str, str]) -> Alerts:
    calls = sum(one.calls for one in found)
    said = SAID[confidence][calls != 1] + SEE.get(confidence, "")
    return Alerts(
        confidence=confidence,
        text=f"{_calls(calls)} in the last {DAYS} days {said}.",
        url=_list_url(confidence, since),
        models=tuple(
            Alert(
                _text(one),
                _list_url(confidence, since, model=one.model) if one.model else "",
                pages.get(one.model or "", ""),
            )
            for one in found[:MOST]
        ),
        others=len(found[MOST:]),
    )


def _text(one: NotExact) -> str:
    about = "; ".join(map(_unsure, one.unsure))
    return f"{_calls(one.calls)} of {model_name(one.model)}" + (f": {about}" if about else "")


def _unsure(unsure: Unsure) -> str:
    """`input tokens, output tokens (flex tier)`"""
    units = ", ".join(map(label_of, unsure.units))
    return f"{units} ({', '.join(unsure.circumstances)})" if unsure.circumstances else units


def _calls(number: int) -> str:
    return f"{count_text(number)} call" + ("" if number == 1 else "s")


def _list_url(confidence: str, since: datetime, **more: str) -> str:
    start = since.astimezone(UTC)
    times = {"admitted_at_from_0": f"{start:%Y-%m-%d}", "admitted_at_from_1": f"{start:%H:%M:%S}"}
    return list_url(CreditUsageLog, confidence__exact=confidence, **times, **more)
