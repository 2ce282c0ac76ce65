"""What a call costs at the stored prices, and what it would cost at the typed ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.price_checks import PLAUSIBLE, suspect_prices
from igny8_core.business.billing.price_sheet import PriceSheet
from igny8_core.business.billing.pricing import as_billed, price
from igny8_core.business.billing.reverts import prices_of
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits.money import format_usd
from igny8_core.business.errors import UnpricedUsage
from igny8_core.modules.billing.admin.model_form import AIModelConfigForm
from igny8_core.modules.billing.admin.price_field import plain_price

INPUT_TOKENS: Final = 1000
OUTPUT_TOKENS: Final = 500
CALLS: Final = {
    AIModelConfig.ModelType.TEXT.value: f"{INPUT_TOKENS:,} input and {OUTPUT_TOKENS:,} output tokens",
    AIModelConfig.ModelType.IMAGE.value: "one image",
}
USAGES: Final = {
    AIModelConfig.ModelType.TEXT.value: Usage(input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS),
    AIModelConfig.ModelType.IMAGE.value: Usage(images=1),
}
NO_PRICES: Final = PriceSheet(model="preview", provider="preview", source="database")


@dataclass(frozen=True, slots=True)
class Preview:
    """`now` and `then` are costs ("$0.00045"), or None where no price says; `problem` and `warnings` are sentences."""

    call: str
    now: str | None
    then: str | None = None
    problem: str = ""
    warnings: tuple[str, ...] = ()
    has_now: bool = True
    has_then: bool = True
    then_label: str = "As typed"
    note: str = ""


def preview_of(*, stored: AIModelConfig | None, typed: Mapping[str, str] | None = None) -> Preview:
    """`stored` None: a new model. `typed` (the form's texts) None: nobody can type here, only `now` is shown."""
    kind = typed.get("model_type", "") if typed is not None else stored.model_type if stored else ""
    call = CALLS.get(kind, "one call")
    now = cost_of(stored.price_sheet, kind) if stored else None
    shown = {"call": call, "now": now, "has_now": stored is not None, "has_then": typed is not None}
    if typed is None:
        return Preview(**shown)  # type: ignore[arg-type]
    if kind not in CALLS:
        return Preview(**shown, problem="Choose the type to see what a call costs.")  # type: ignore[arg-type]
    prices: dict[str, Decimal | None] = {}
    for name in PLAUSIBLE:
        try:
            prices[name] = AIModelConfigForm.base_fields[name].clean(typed.get(name, ""))
        except ValidationError as error:
            label = AIModelConfigForm.base_fields[name].label
            return Preview(**shown, problem=f"{label}: {error.messages[0]}")  # type: ignore[arg-type]
        if (price := prices[name]) is not None and price < 0:
            return Preview(**shown, problem="A price cannot be negative.")  # type: ignore[arg-type]
    before = stored.price_sheet if stored else NO_PRICES
    if before.rates:
        shown["note"] = "With the model's rates as they are stored."
    then = cost_of(replace(before, **prices), kind)  # type: ignore[arg-type]
    suspects = suspect_prices(old=prices_of(stored) if stored else None, new=prices)
    return Preview(
        **shown,  # type: ignore[arg-type]
        then=then,
        problem="" if then else "Enter the prices to see what a call costs.",
        warnings=tuple(suspect.message for suspect in suspects),
    )


def revert_preview(*, stored: AIModelConfig | None, version: AIModelConfig) -> Preview:
    """The same for a version of the history in place of what is typed."""
    prices = {name: "" if price is None else plain_price(price) for name, price in prices_of(version).items()}
    preview = preview_of(stored=stored, typed={"model_type": version.model_type, **prices})
    # The page of a version says by itself what is suspect.
    return replace(preview, then_label="This version", warnings=())


def cost_of(sheet: PriceSheet, kind: str) -> str | None:
    """What such a call costs now at these prices, rates included; None where one of them is missing."""
    card = sheet.card_at(timezone.now())
    try:
        cost = price(card, as_billed(card, USAGES[kind]))
    except UnpricedUsage:
        return None
    return f"${format_usd(cost.total_usd, decimals=2)}"
