"""The fallback prices: they serve only when the catalogue cannot be read, and every charge made with them says so.

USD per million tokens, and USD per image. Source: the price lists that migrations 0020 and 0023 seeded.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from igny8_core.business.billing.catalogue import Catalogue, Entry, Models, Provider
from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.usage import MTOK

MODEL_RATES: Final[dict[str, dict[str, Decimal]]] = {
    "gpt-4o-mini": {"input": Decimal("0.15"), "output": Decimal("0.60")},
    "gpt-4o": {"input": Decimal("2.50"), "output": Decimal("10.00")},
    "gpt-4.1": {"input": Decimal("2.00"), "output": Decimal("8.00")},
    "gpt-5.1": {"input": Decimal("1.25"), "output": Decimal("10.00")},
    "gpt-5.2": {"input": Decimal("1.75"), "output": Decimal("14.00")},
}
CACHED_INPUT_RATES: Final[dict[str, Decimal]] = {
    "gpt-4o-mini": Decimal("0.075"),
    "gpt-4o": Decimal("1.25"),
    "gpt-4.1": Decimal("0.5"),
    "gpt-5.1": Decimal("0.125"),
    "gpt-5.2": Decimal("0.175"),
}
IMAGE_MODEL_RATES: Final[dict[str, Decimal]] = {
    "dall-e-3": Decimal("0.040"),
    "dall-e-2": Decimal("0.020"),
}
VALID_SIZES: Final[dict[str, tuple[str, ...]]] = {
    "dall-e-3": ("1024x1024", "1024x1792", "1792x1024"),
    "dall-e-2": ("256x256", "512x512", "1024x1024"),
}
DEFAULT_MODELS: Final = ("gpt-4o-mini", "dall-e-3")
PROVIDER: Final = Provider("openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY")


def constants_catalogue(version: UUID | None) -> Catalogue:
    """The constants as a catalogue; `version` is the database's, where it could be read."""
    models = Models((name, _entry(name, "text")) for name in MODEL_RATES)
    models |= {name: _entry(name, "image") for name in IMAGE_MODEL_RATES}
    return Catalogue(version, "constants", models, datetime.now(UTC), time.monotonic())


def _entry(name: str, model_type: str) -> Entry:
    rates = MODEL_RATES.get(name, {})
    return Entry(
        name=name,
        model_type=model_type,
        is_active=True,
        is_default=name in DEFAULT_MODELS,
        context_window=None,
        max_output_tokens=None,
        valid_sizes=VALID_SIZES.get(name, ()),
        provider=PROVIDER,
        read_sheet=lambda: PriceSheet(
            model=name,
            provider=PROVIDER.slug,
            source="constants",
            input_cost_per_1m=rates.get("input"),
            output_cost_per_1m=rates.get("output"),
            cost_per_image=IMAGE_MODEL_RATES.get(name),
            rates=_cached_input(name),
        ),
    )


def _cached_input(name: str) -> tuple[DatedRate, ...]:
    amount = CACHED_INPUT_RATES.get(name)
    return () if amount is None else (DatedRate(Rate("cached_input_tokens", amount, MTOK)),)
