"""How users of other tools come by stale, missing and misleading prices: each way by name, and what happens here."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import genai_prices
import pytest
from django.core.management import call_command

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.rate_cards import canonical
from igny8_core.business.billing.usage import MTOK, Usage, inside
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from igny8_core.business.errors import UnknownModel, UnpricedUsage
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, entries, usage_rows


def call(account: Account, model: CallableModel, **options: Any) -> Any:
    return AICore(account=account).run_ai_request(
        prompt="Hello", model=model.name, **{"max_tokens": 500, **options}
    )


def test_an_unpriced_model_is_not_recorded_at_zero(account: Account, text_model: CallableModel) -> None:
    """A name that the catalogue does not have is refused before anything is sent."""
    with pytest.raises(UnknownModel):
        AICore(account=account).run_ai_request(prompt="Hello", model=f"{text_model.name}-v2", max_tokens=10)
    assert text_model.count().received == 0
    assert balance(account) == (1000, 0, 0)
    assert usage_rows(account) == [("refused", "unknown_model", 0)]


def test_usage_without_a_price_is_not_recorded_at_zero(account: Account, text_model: CallableModel) -> None:
    """Known only after the call: what was used is kept, its credits stay held, and it is no charge at all."""
    text_model.script(
        {
            "usage": {
                "prompt_tokens": 1000,
                "completion_tokens": 10,
                "prompt_tokens_details": {"cached_tokens": 600},
            }
        }
    )
    with pytest.raises(UnpricedUsage) as caught:
        call(account, text_model)
    assert caught.value.details == {
        "model": text_model.name,
        "unit": "cached_input_tokens",
        "quantity": 600,
    }
    row = CreditUsageLog.objects.get(account=account)
    assert (row.status, row.confidence, row.usage) == (
        "unknown",
        "unpriced",
        {"input_tokens": 400, "cached_input_tokens": 600, "output_tokens": 10},
    )
    hold = Hold.objects.get(account=account)
    assert (hold.state, balance(account)) == ("unknown", (1000, hold.amount, 0))
    assert [kind for kind, _amount in entries(account)] == ["grant"]


def test_a_missing_price_is_not_shown_as_a_price(text_model: CallableModel) -> None:
    """No number stands for "unknown": neither 0 nor $75 per million."""
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(model_type="other", output_cost_per_1m=None)
    model = AIModelConfig.objects.get(pk=text_model.config.pk)
    assert model.pricing_display == "no price"
    with pytest.raises(UnpricedUsage):
        model.get_cost_for_tokens(0, 1)
    with pytest.raises(UnpricedUsage):
        price(model.rate_card, Usage(output_tokens=1))
    assert [rate.unit for rate in model.rate_card.rates] == ["input_tokens"]


def test_a_free_model_is_one_whose_price_says_zero(account: Account, text_model: CallableModel) -> None:
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(input_cost_per_1m=0, output_cost_per_1m=0)
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    assert call(account, text_model).cost == 0
    [row] = CreditUsageLog.objects.filter(account=account)
    assert (row.status, row.confidence, row.cost_usd) == ("settled", "exact", 0)
    assert entries(account) == [("grant", 1000), ("charge", 0)]


def reload() -> None:
    for _ in range(3):
        catalogue.reload(constants_catalogue)


def forget() -> None:
    """As a process that has just begun."""
    catalogue._snapshot = None


def migrate() -> None:
    call_command("migrate", verbosity=0)


def walk_back_and_forth() -> None:
    try:
        call_command("migrate", "billing", "0019", verbosity=0)
    finally:
        migrate()


@pytest.mark.parametrize("event", [reload, forget, migrate, walk_back_and_forth])
def test_an_edit_is_not_undone(
    account: Account, text_model: CallableModel, event: Callable[[], None]
) -> None:
    """Neither by a reload, nor by a start, nor by a migration: no list of prices but the table is read."""
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(input_cost_per_1m=7)
    ModelRate.objects.create(model=text_model.config, unit="cached_input_tokens", amount=3)
    event()
    text_model.script(
        {
            "usage": {
                "prompt_tokens": 2 * MTOK,
                "completion_tokens": 0,
                "prompt_tokens_details": {"cached_tokens": MTOK},
            }
        }
    )
    assert call(account, text_model).cost == 10


def test_no_price_is_rendered_as_2e_07(account: Account, text_model: CallableModel, caplog: Any) -> None:
    tiny = Decimal("2e-7")
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(
        input_cost_per_1m=tiny, output_cost_per_1m=tiny
    )
    ModelRate.objects.create(model=text_model.config, unit="cached_input_tokens", amount=Decimal("1e-12"))
    model = AIModelConfig.objects.get(pk=text_model.config.pk)
    text_model.answers_with_usage(input_tokens=1, output_tokens=0)

    caplog.set_level("INFO", logger="igny8_core")
    assert call(account, text_model).cost == Decimal("2e-13")
    assert AICore().calculate_cost(text_model.name, 1, 0) == Decimal("2e-13")
    said = [
        model.pricing_display,
        model.rate_card.body,
        price(model.rate_card, Usage(input_tokens=1, cached_input_tokens=1)).explain(),
        canonical(tiny),
        *caplog.messages,
    ]
    assert model.pricing_display == "$0.0000002/$0.0000002 per 1M"
    assert "cost_usd=0.000000000000200000 credits=0.000001" in caplog.text
    for text in said:
        assert not re.search(r"[=$\"][\d.]+e-\d", text, re.IGNORECASE), text


def overriding_rate(model: CallableModel) -> None:
    ModelRate.objects.create(model=model.config, unit="input_tokens", amount=3)


def fee_for_each_request(model: CallableModel) -> None:
    ModelRate.objects.create(model=model.config, unit="requests", amount=Decimal("0.05"), per=1)


def long_context_rate(model: CallableModel) -> None:
    ModelRate.objects.create(model=model.config, unit="input_tokens", amount=2, above_input_tokens=999)


def rates_of_other_tiers(model: CallableModel) -> None:
    ModelRate.objects.create(model=model.config, unit="input_tokens", amount=9, service_tier="priority")
    ModelRate.objects.create(model=model.config, unit="output_tokens", amount=9, is_batch=True)


def edited_base_price(model: CallableModel) -> None:
    AIModelConfig.objects.filter(pk=model.config.pk).update(output_cost_per_1m=11)


@pytest.mark.parametrize(
    ("change", "shown", "cost"),
    [
        (overriding_rate, "$3.0000/$10.0000 per 1M", "0.008"),
        (fee_for_each_request, "$1.0000/$10.0000 per 1M", "0.056"),
        (long_context_rate, "$1.0000/$10.0000 per 1M", "0.007"),
        (rates_of_other_tiers, "$1.0000/$10.0000 per 1M", "0.006"),
        (edited_base_price, "$1.0000/$11.0000 per 1M", "0.0065"),
    ],
)
def test_what_is_shown_is_what_is_charged(
    account: Account,
    text_model: CallableModel,
    change: Callable[[CallableModel], None],
    shown: str,
    cost: str,
) -> None:
    change(text_model)
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    model = AIModelConfig.objects.get(pk=text_model.config.pk)
    assert model.pricing_display == shown
    assert model.get_cost_for_tokens(1000, 500) == Decimal(cost)
    assert AICore().calculate_cost(text_model.name, 1000, 500) == Decimal(cost)
    assert call(account, text_model).cost == Decimal(cost)
    assert CreditUsageLog.objects.get(account=account).cost_usd == Decimal(cost)


def test_what_is_shown_of_an_image_is_what_is_charged(account: Account, image_model: CallableModel) -> None:
    ModelRate.objects.create(model=image_model.config, unit="images", amount=Decimal("0.05"), per=1)
    ModelRate.objects.create(model=image_model.config, unit="requests", amount=Decimal("0.01"), per=1)
    model = AIModelConfig.objects.get(pk=image_model.config.pk)
    assert model.pricing_display == "$0.0500/image"
    assert model.get_cost_for_images(2) == Decimal("0.11")
    assert AICore().calculate_cost(image_model.name, model_type="image", num_images=2) == Decimal("0.11")
    assert AICore(account=account).generate_image("A cat", model=image_model.name, n=2).cost == Decimal(
        "0.11"
    )


def test_history_can_be_priced_again_to_the_last_digit(account: Account, text_model: CallableModel) -> None:
    """A price edit rewrites no charge: the card that it names still gives its cost, and not today's."""
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)
    call(account, text_model)
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(input_cost_per_1m=100)
    row = CreditUsageLog.objects.get(account=account)
    model = AIModelConfig.objects.get(pk=text_model.config.pk)
    assert row.cost_usd == Decimal("0.006")
    assert row.card_id != model.rate_card.id
    assert price(model.rate_card, Usage.from_json(row.usage)).total_usd == Decimal("0.105")


@pytest.mark.parametrize("name", ["gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-5.1", "gpt-5.2"])
def test_the_prices_that_come_along_are_not_stale(name: str) -> None:
    """41 of 85 prices were found wrong by up to 3025%: ours are those of data that others keep, to the last digit."""
    ours = price(
        AIModelConfig.objects.get(model_name=name).rate_card,
        Usage(**inside("input_tokens", 1_000_003, cached_input_tokens=600_001), output_tokens=200_007),
    )
    theirs = genai_prices.calc_price(
        genai_prices.Usage(input_tokens=1_000_003, cache_read_tokens=600_001, output_tokens=200_007),
        model_ref=name,
        provider_id="openai",
    )
    assert ours.total_usd == theirs.total_price
