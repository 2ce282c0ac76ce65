"""What the usage panel shows, put together: one reading serves the headlines, the chart and both tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from igny8_core.business.usage.by_day import Only, UsageByDay, usage_before, usage_by_day
from igny8_core.business.usage.days import Days
from igny8_core.business.usage.figures import Figures
from igny8_core.business.usage.usage_log import UsageLog, UsageTooSlow
from igny8_core.modules.usage.asked import COUNTS, MEASURES, Asked
from igny8_core.modules.usage.chart import chart_data, series_of
from igny8_core.modules.usage.numbers import (
    CREDIT_DECIMALS,
    USD_DECIMALS,
    amount_text,
    change_text,
    count_text,
)
from igny8_core.modules.usage.tables import MOST_MODELS, DayTable, ModelTable, day_table, model_table

LONGEST_MS: Final = 10_000
# The comparison is worth less than the figures: it may take this long and is left out otherwise.
COMPARISON_MS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A link or an option: `value` is its address or its value."""

    name: str
    value: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure; `change` says how it compares with the days before, where that is known."""

    measure: str
    name: str
    text: str
    note: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What is always there: the days, and what can be asked for instead."""

    asked: Asked
    days: Days
    periods: tuple[Choice, ...]
    providers: tuple[Choice, ...] = ()
    models: tuple[Choice, ...] = ()
    all_models: str
    is_empty: bool = False
    too_slow: str = ""
    sums: Sums | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What there is where anything was logged; `chart` where anything was charged."""

    headlines: tuple[Headline, ...]
    measures: tuple[Choice, ...]
    chart: dict[str, Any] | None
    by_model: ModelTable
    by_day: DayTable


def read_panel(*, asked: Asked, now: datetime) -> Panel:
    """The panel that `asked` asks for; one that says so where it would take too long."""
    days = Days.up_to(now, count=asked.count)
    log = UsageLog(longest_ms=LONGEST_MS)
    try:
        everything = usage_by_day(days=days, source=log)
    except UsageTooSlow as error:
        return _panel(asked, days, too_slow=error.message)
    usage = everything.narrowed(asked.only)
    if not usage.cells:
        is_empty = not everything.cells and log.is_empty()
        return _panel(asked, days, everything, is_empty=is_empty)
    try:
        before = usage_before(days=days, now=now, source=UsageLog(longest_ms=COMPARISON_MS), only=asked.only)
    except UsageTooSlow:
        before = None
    return _panel(asked, days, everything, sums=_sums(asked, usage, before))


def _panel(asked: Asked, days: Days, usage: UsageByDay | None = None, **fields: Any) -> Panel:
    listed = usage.by_model()[:MOST_MODELS] if usage else ()
    models = sorted(one.model for one in listed if one.model)
    providers = usage.providers() if usage else ()
    return Panel(
        asked=asked,
        days=days,
        periods=tuple(
            Choice(f"{count} days", asked.for_days(count).query, count == asked.count) for count in COUNTS
        ),
        # What was asked for is offered also where these days have none of it.
        providers=_options(asked, "provider", asked.only.provider, providers),
        models=_options(asked, "model", asked.only.model, models),
        all_models=asked.for_only(Only()).query,
        **fields,
    )


def _options(
    asked: Asked, kind: str, chosen: str | None, names: tuple[str, ...] | list[str]
) -> tuple[Choice, ...]:
    offered = sorted({*names, chosen}) if chosen else names
    return tuple(Choice(name, f"{kind}:{name}", name == chosen) for name in offered)


def _sums(asked: Asked, usage: UsageByDay, before: Figures | None) -> Sums:
    figures, models, days = usage.total(), usage.by_model(), usage.by_day()
    series = series_of(models)
    return Sums(
        headlines=_headlines(figures, before, asked.count),
        measures=tuple(Choice(name, measure, measure == asked.measure) for measure, name in MEASURES.items()),
        chart=chart_data(days, series) if figures.calls else None,
        by_model=model_table(models, figures, asked),
        by_day=day_table(days, series, figures),
    )


def _headlines(figures: Figures, before: Figures | None, count: int) -> tuple[Headline, ...]:
    def change(now: Decimal | int, then: Decimal | int) -> str:
        percent = change_text(now, then)
        return f"{percent} on the {count} days before" if percent else f"none in the {count} days before"

    images = (
        f", {count_text(figures.images)} image{'' if figures.images == 1 else 's'}" if figures.images else ""
    )
    uncharged = (
        f"{count_text(figures.uncharged)} more not charged" if figures.uncharged else "all of them charged"
    )
    return (
        Headline(
            "calls",
            "Calls",
            count_text(figures.calls),
            uncharged,
            change(figures.calls, before.calls) if before else "",
        ),
        Headline(
            "tokens",
            "Tokens",
            count_text(figures.tokens),
            f"{count_text(figures.input_tokens)} in, {count_text(figures.output_tokens)} out{images}",
            change(figures.tokens, before.tokens) if before else "",
        ),
        Headline(
            "cost",
            "Cost",
            f"${amount_text(figures.cost_usd, decimals=USD_DECIMALS)}",
            "what the providers charge, in USD",
            change(figures.cost_usd, before.cost_usd) if before else "",
        ),
        Headline(
            "credits",
            "Credits",
            amount_text(figures.credits, decimals=CREDIT_DECIMALS),
            "what the accounts were charged",
            change(figures.credits, before.credits) if before else "",
        ),
    )
