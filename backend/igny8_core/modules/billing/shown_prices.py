"""How answers show prices, rates and costs: every amount a string, with no digit lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from igny8_core.business.billing.catalogue import Entry
from igny8_core.business.billing.comparison import standard_prices
from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.business.billing.price_history import Version, versions_at
from igny8_core.business.billing.price_sheet import CardPeriod, DatedRate, PriceSheet
from igny8_core.business.billing.pricing import Cost
from igny8_core.business.billing.rate_cards import Rate, RateCard, base_rates
from igny8_core.business.credits.money import format_usd
from igny8_core.modules.billing.moment import Moment, written

# (source_url, checked_on)
Source = tuple[str, date | str | None]

BASE_PRICES: Final = ("input_cost_per_1m", "output_cost_per_1m", "cost_per_image")


@dataclass(frozen=True, slots=True)
class ShownPrices:
    """A model's prices at one moment. `sources` has the page and the day it was read, for each rate of the sheet."""

    sheet: PriceSheet
    period: CardPeriod
    sources: tuple[Source, ...]

    @property
    def rates(self) -> list[dict[str, Any]]:
        """All that the sheet has, also those of other times."""
        return shown_rates(self.sheet, self.sources)

    @property
    def pricing(self) -> dict[str, Any]:
        """What standard calls are charged at that moment, and from when to when the schedule says so."""
        return {
            "card": str(self.period.card.id),
            "valid_from": written(self.period.valid_from),
            "valid_to": written(self.period.valid_to),
            "prices": shown_prices(self.period.card),
        }

    @property
    def is_more_than_the_base_prices(self) -> bool:
        """Whether a rate takes the place of a base price at that moment."""
        return not set(_base_rates(self.sheet)) <= set(self.period.card.rates)


def prices_of(
    models: Iterable[AIModelConfig],
    moment: Moment,
    at: datetime | None,
    *,
    known: Mapping[str, Entry] | None = None,
) -> dict[str, ShownPrices]:
    """By name, the prices of models at a time, as they were known then, or now. A model that was none then is left out.

    `known` are entries of the catalogue, which save reading the rates; they have no sources.
    """
    models = list(models)
    time = at or moment.now
    if time < moment.now:
        versions = versions_at([model.model_name for model in models], time)
        return {
            name: ShownPrices(version.sheet, version.sheet.period_at(time), sources_of(version))
            for name, version in versions.items()
            if version.sheet is not None
        }
    return {
        model.model_name: _known_now(model, (known or {}).get(model.model_name), time) for model in models
    }


def sources_of(version: Version) -> tuple[Source, ...]:
    """Of each rate of a recorded version of prices."""
    return tuple((rate["source_url"], rate["checked_on"]) for rate in version.rates)


def shown_rates(sheet: PriceSheet, sources: Iterable[Source]) -> list[dict[str, Any]]:
    """The rates of a sheet with their conditions, their time and their sources."""
    return [
        _shown_dated_rate(dated, source_url, checked_on)
        for dated, (source_url, checked_on) in zip(sheet.rates, sources, strict=True)
    ]


def shown_base_prices(sheet: PriceSheet | None) -> dict[str, str | None]:
    """The three columns; null where there is no such price."""
    amounts = {name: getattr(sheet, name, None) for name in BASE_PRICES}
    return {name: None if amount is None else format_usd(amount) for name, amount in amounts.items()}


def shown_prices(card: RateCard) -> list[dict[str, Any]]:
    """What standard calls pay for each unit."""
    return [shown_rate(rate) for rate in standard_prices(card)]


def shown_rate(rate: Rate) -> dict[str, Any]:
    return {
        "unit": rate.unit,
        "amount": format_usd(rate.amount),
        "per": rate.per,
        "condition": rate.condition,
        "is_estimate": rate.is_estimate,
    }


def shown_cost(cost: Cost | None) -> dict[str, Any]:
    """The total and the lines that add up to it; null and none where there is no price."""
    if cost is None:
        return {"cost_usd": None, "lines": []}
    lines = [
        {
            "unit": line.unit,
            "quantity": line.quantity,
            "amount_usd": format_usd(line.amount_usd),
            "rate": shown_rate(line.rate),
        }
        for line in cost.lines
    ]
    return {"cost_usd": format_usd(cost.total_usd), "lines": lines}


def _known_now(model: AIModelConfig, entry: Entry | None, time: datetime) -> ShownPrices:
    if entry is not None:
        return ShownPrices(entry.sheet, entry.sheet.period_at(time), ())
    rows: Iterable[ModelRate] = model.rates.all()
    sheet = model.price_sheet
    return ShownPrices(sheet, sheet.period_at(time), tuple((row.source_url, row.checked_on) for row in rows))


def _shown_dated_rate(dated: DatedRate, source_url: str, checked_on: date | str | None) -> dict[str, Any]:
    rate = dated.rate
    conditions: Mapping[str, Any] = {
        "service_tier": rate.service_tier,
        "is_batch": rate.is_batch,
        "above_input_tokens": rate.above_input_tokens,
        "image_size": rate.image_size,
        "image_quality": rate.image_quality,
    }
    return shown_rate(rate) | {
        "conditions": conditions,
        "valid_from": written(dated.valid_from),
        "valid_to": written(dated.valid_to),
        "source_url": source_url,
        "checked_on": None if checked_on is None else str(checked_on),
    }


def _base_rates(sheet: PriceSheet) -> tuple[Rate, ...]:
    return base_rates(sheet.input_cost_per_1m, sheet.output_cost_per_1m, sheet.cost_per_image)
