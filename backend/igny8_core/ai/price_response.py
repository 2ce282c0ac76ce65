"""A provider's reply, priced line by line: what support staff need when a customer asks why a call cost what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from igny8_core.ai.dialects import USAGE_READERS, dialects_of
from igny8_core.ai.dialects.messages import UnreadableReply
from igny8_core.ai.dialects.openai_usage import quality_named
from igny8_core.ai.dialects.reported_usage import ReportedUsage, model_named, told
from igny8_core.business.billing.pricing import Confidence, Cost, as_billed, price
from igny8_core.business.billing.rate_cards import RateCard, canonical
from igny8_core.business.billing.usage import Usage
from igny8_core.business.errors import InvalidRequest, UnpricedUsage


class NotPriced(Exception):
    """Why a reply has no price: a stable `code`, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply as it came, and what is told beside it. `dialect` is None where its shape is to say it; `model` where the
    reply is to name it. Size and quality are for images whose reply does not say them."""

    body: Any
    dialect: str | None = None
    model: str | None = None
    image_size: str | None = None
    image_quality: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedReply:
    """Either `cost` or `problem` is set. What was known before the problem is kept."""

    model: str | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    problem: NotPriced | None = None

    @property
    def confidence(self) -> Confidence:
        return self.cost.confidence if self.cost else Confidence.UNPRICED

    def to_json(self) -> dict[str, Any]:
        """Amounts are strings in fixed notation, with every digit."""
        lines = [
            {
                "unit": line.unit,
                "quantity": line.quantity,
                "amount": canonical(line.rate.amount),
                "per": line.rate.per,
                "condition": line.rate.condition,
                "amount_usd": canonical(line.amount_usd),
            }
            for line in (self.cost.lines if self.cost else ())
        ]
        return {
            "model": self.model,
            "usage": self.usage.to_json() if self.usage else None,
            "lines": lines,
            "cost_usd": canonical(self.cost.total_usd) if self.cost else None,
            "confidence": str(self.confidence),
            "error": self.problem and {"code": self.problem.code, "message": self.problem.message},
        }


def price_reply(reply: Reply, find_card: Callable[[str], RateCard]) -> PricedReply:
    """The reply at the card of its model; `find_card` raises NotPriced for a name that is no model's."""
    priced = PricedReply(model=reply.model or model_named(reply.body))
    try:
        reported = _read(reply)
        name = reply.model or reported.model
        # One way at least: a reader gives no usage of nothing.
        priced = replace(priced, model=name, usage=reported.ways[0])
        if name is None:
            raise NotPriced("unclear_reply", "the reply names no model: give it as model")  # noqa: TRY301
        card = find_card(name)
        usage = as_billed(card, *_with_told(reply, reported))
        priced = replace(priced, model=card.model, usage=usage)
        _check_images(card, usage)
        return replace(priced, cost=price(card, usage))
    except NotPriced as problem:
        return replace(priced, problem=problem)
    except (InvalidRequest, UnpricedUsage) as error:
        return replace(priced, problem=NotPriced(error.code, error.message))


def _read(reply: Reply) -> ReportedUsage:
    dialect = reply.dialect
    if dialect is None:
        found = dialects_of(reply.body)
        if len(found) != 1:
            seen = f"it could be of {' or '.join(found)}" if found else f"it is {told(reply.body)}"
            raise NotPriced("unclear_reply", f"the reply's shape does not say whose it is: {seen}")
        [dialect] = found
    try:
        return USAGE_READERS[dialect](reply.body)
    except UnreadableReply as error:
        raise NotPriced("unreadable_reply", f"this is {error}") from error


def _with_told(reply: Reply, reported: ReportedUsage) -> list[Usage]:
    """The ways, with the size and quality that are told in those that count images alone."""
    told_beside: dict[str, Any] = {}
    if reply.image_size is not None:
        told_beside["image_size"] = reply.image_size
    if reply.image_quality is not None:
        told_beside["image_quality"] = quality_named(reply.image_quality)
    return [
        replace(way, **told_beside) if way.used and way.used[0][0] == "images" else way
        for way in reported.ways
    ]


def _check_images(card: RateCard, usage: Usage) -> None:
    """Refuses images whose size is not said where the card has a price for each: the common one is a guess."""
    if not usage.images or usage.image_size:
        return
    prices = {
        rate.usd_each
        for rate in card.by_unit.get("images", ())
        if rate.service_tier == usage.service_tier and rate.is_batch in (usage.is_batch, None)
    }
    if len(prices) > 1:
        raise NotPriced(
            "unclear_reply",
            f"the reply does not say the size of its images, and {card.model} has {len(prices)} prices for an image:"
            " give size, and quality where it was not the standard one",
        )
