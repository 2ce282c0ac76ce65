"""What a model's prices were and will be, from the record that triggers keep; and who changed them, where a history knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.business.billing.price_checks import PLAUSIBLE
from igny8_core.business.billing.price_history import CardChange, Version, card_changes, versions_of
from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet
from igny8_core.business.billing.rate_cards import EXACT, RateCard
from igny8_core.business.billing.rate_words import dated_in_words, price_in_words
from igny8_core.business.billing.usage import MTOK, Usage
from igny8_core.business.credits.money import format_usd
from igny8_core.modules.admin_list.cells import moment

STANDARD_CALL: Final = Usage()
MOST_ROWS: Final = 200
# A history's row is written just after the price that it is about.
DELAY: Final = timedelta(seconds=2)
NOT_RECORDED: Final = "not recorded"
# Unit -> (name of its line, how many it is drawn for)
LINES: Final = {
    "text": {"input_tokens": ("Input, USD per 1M tokens", MTOK), "output_tokens": ("Output, USD per 1M tokens", MTOK)},
    "image": {"images": ("USD per image", 1)},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """`changes` are sentences of what became different; `charged` is what standard calls cost from then on."""

    when: str
    changes: tuple[str, ...]
    charged: str
    who: str
    is_to_come: bool = False


@dataclass(frozen=True, slots=True)
class PriceHistory:
    rows: tuple[HistoryRow, ...]
    left_out: int
    chart: dict[str, Any] | None


def read_history(model: AIModelConfig, *, name: str, now: datetime) -> PriceHistory:
    """Of the prices that were recorded under `name`, the newest first."""
    versions = versions_of(name)
    changes = card_changes(versions)
    rows = [*_edits(model, versions), *_scheduled(model, versions, changes, now)]
    rows.sort(key=lambda row: row[0], reverse=True)
    shown = tuple(row for _, row in rows[:MOST_ROWS])
    return PriceHistory(shown, max(len(rows) - MOST_ROWS, 0), chart_data(changes, model.model_type, now))


def charged(card: RateCard | None, kind: str) -> str:
    """`input $0.15, output $0.60 per 1M`, `$0.04 per image`"""
    if card is None:
        return "no calls"
    prices = _prices(card, kind)
    if kind == AIModelConfig.ModelType.IMAGE:
        return f"{_usd(prices['images'])} per image"
    return f"input {_usd(prices['input_tokens'])}, output {_usd(prices['output_tokens'])} per 1M"


def chart_data(changes: list[CardChange], kind: str, now: datetime) -> dict[str, Any] | None:
    """What price_history.js draws: prices are exact texts, and only their heights are rounded. None without a price."""
    if not changes:
        return None
    points = [(change.time, change.card) for change in changes]
    current = [card for time, card in points if time <= now]
    # The line goes on to now, and from there to what is to come.
    points = sorted([*points, (now, current[-1] if current else None)], key=lambda point: point[0])
    texts = [{} if card is None else _prices(card, kind) for _, card in points]
    return {
        "now": int(now.timestamp() * 1000),
        "times": [int(time.timestamp() * 1000) for time, _ in points],
        "moments": [moment(time) for time, _ in points],
        "series": [
            {
                "name": label,
                "colour": colour,
                "values": [None if (usd := text.get(unit)) is None else format_usd(usd, decimals=2) for text in texts],
            }
            for colour, (unit, (label, _)) in enumerate(LINES[kind].items(), start=1)
        ],
    }  # fmt: skip


def _prices(card: RateCard, kind: str) -> dict[str, Decimal | None]:
    rates = card.rates_for(STANDARD_CALL)
    return {
        unit: EXACT.multiply(rates[unit].usd_each, per) if unit in rates else None
        for unit, (_, per) in LINES[kind].items()
    }


def _scheduled(
    model: AIModelConfig, versions: list[Version], changes: list[CardChange], now: datetime
) -> Iterable[tuple[datetime, HistoryRow]]:
    for change in changes:
        if change.is_scheduled:
            row = HistoryRow(
                when=moment(change.time),
                changes=tuple(_begun_and_ended(versions, change.time)),
                charged=charged(change.card, model.model_type),
                who="the clock",
                is_to_come=change.time > now,
            )
            yield change.time, row


def _begun_and_ended(versions: list[Version], time: datetime) -> Iterable[str]:
    """What begins and ends by itself at `time`, by the version that is in force then."""
    sheet = [version for version in versions if version.recorded_at <= time][-1].sheet
    for dated in sheet.rates if sheet else ():
        if dated.valid_from == time:
            yield f"begins: {price_in_words(dated.rate)}"
        if dated.valid_to == time:
            yield f"ends: {price_in_words(dated.rate)}"


def _edits(model: AIModelConfig, versions: list[Version]) -> Iterable[tuple[datetime, HistoryRow]]:
    histories = _Histories(model)
    before: Version | None = None
    for version in versions:
        card = version.sheet.card_at(version.recorded_at) if version.sheet else None
        row = HistoryRow(
            when=moment(version.recorded_at),
            changes=tuple(_changes(before, version)),
            charged=charged(card, model.model_type),
            who=histories.who(before, version),
        )
        yield version.recorded_at, row
        before = version


def _changes(before: Version | None, after: Version) -> Iterable[str]:
    old, new = (before.sheet if before else None), after.sheet
    if new is None:
        yield "The model was deleted."
        return
    for field, known in PLAUSIBLE.items():
        was, now = getattr(old, field, None), getattr(new, field)
        if was != now:
            yield (
                f"{known.label}: {_usd(now)}" if old is None else f"{known.label}: {_usd(was)} → {_usd(now)}"
            )
    gone, come = _rates_between(old, new)
    for dated in gone:
        yield f"removed: {dated_in_words(dated)}"
    for dated in come:
        yield f"added: {dated_in_words(dated)}"
    if before is not None and old is not None and not gone and not come and before.rates != after.rates:
        yield "Source or day of checking of a rate."


def _rates_between(old: PriceSheet | None, new: PriceSheet | None) -> tuple[list[DatedRate], list[DatedRate]]:
    was, now = old.rates if old else (), new.rates if new else ()
    return [dated for dated in was if dated not in now], [dated for dated in now if dated not in was]


class _Histories:
    """The histories of a model and its rates: who stored the very prices that a version recorded, at its time."""

    def __init__(self, model: AIModelConfig) -> None:
        self.of_model = list(AIModelConfig.history.filter(id=model.pk).select_related("history_user"))
        self.of_rates = list(ModelRate.history.filter(model_id=model.pk).select_related("history_user"))

    def who(self, before: Version | None, after: Version) -> str:
        since = before.recorded_at if before else None
        until = after.recorded_at + DELAY
        row = next(
            (
                one
                for one in [*self.of_model, *self.of_rates]
                if one.history_date <= until
                and (since is None or one.history_date > since)
                and self._is_about(one, before, after)
            ),
            None,
        )
        if row is None:
            return NOT_RECORDED
        who = row.history_user.get_username() if row.history_user else "nobody named"
        return f"{who}: {row.history_change_reason}" if row.history_change_reason else who

    @staticmethod
    def _is_about(row: Any, before: Version | None, after: Version) -> bool:
        old, new = (before.sheet if before else None), after.sheet
        if row.instance_type is ModelRate:
            gone, come = _rates_between(old, new)
            return row.instance.dated_rate in (gone if row.history_type == "-" else come)
        if new is None or row.history_type == "-":
            return new is None and row.history_type == "-"
        is_changed = old is None or any(getattr(old, field) != getattr(new, field) for field in PLAUSIBLE)
        return is_changed and all(getattr(row, field) == getattr(new, field) for field in PLAUSIBLE)


def _usd(amount: Decimal | None) -> str:
    return "none" if amount is None else f"${format_usd(amount, decimals=2)}"
