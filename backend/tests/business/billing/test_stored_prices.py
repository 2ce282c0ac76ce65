"""What is priced is what is stored: the catalogue, the editable rows and the stored body agree to the last digit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.business.billing.price_history import versions_of
from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet
from igny8_core.business.billing.rate_cards import RATE_NAMES, RateCard
from igny8_core.business.billing.usage import Usage
from tests.business.billing.sheets import MOMENTS, clear_sheets, usages
from tests.business.billing.test_pricing_properties import outcome
from tests.callable_model import CallableModel


def store(model: AIModelConfig, sheet: PriceSheet, rates: list[DatedRate]) -> None:
    """The sheet as the model's rows, in the order of `rates`. Of a type that asks for no base price: any may be missing."""
    with transaction.atomic():
        AIModelConfig.objects.filter(pk=model.pk).update(
            model_type="other",
            input_cost_per_1m=sheet.input_cost_per_1m,
            output_cost_per_1m=sheet.output_cost_per_1m,
            cost_per_image=sheet.cost_per_image,
        )
        ModelRate.objects.filter(model=model).delete()
        ModelRate.objects.bulk_create(
            ModelRate(
                model=model,
                valid_from=dated.valid_from,
                valid_to=dated.valid_to,
                **{name: getattr(dated.rate, name) for name in RATE_NAMES},
            )
            for dated in rates
        )


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clear_sheets(), usages(), st.randoms(use_true_random=False))
def test_the_database_and_the_json_price_as_the_sheet_does(
    text_model: CallableModel, drawn: PriceSheet, usage: Usage, random: Random
) -> None:
    sheet = replace(drawn, model=text_model.name, provider=text_model.provider.slug)
    store(text_model.config, sheet, random.sample(sheet.rates, len(sheet.rates)))

    entry = catalogue.fresh(constants_catalogue).models[text_model.name]
    edited = AIModelConfig.objects.get(pk=text_model.config.pk).price_sheet
    recorded = versions_of(text_model.name)[-1].sheet
    assert recorded is not None
    for time in (
        moment + timedelta(microseconds=microseconds) for moment in MOMENTS for microseconds in (-1, 0, 1)
    ):
        expected = sheet.card_at(time)
        stored = RateCard.from_content(json.loads(expected.body))
        cards = (entry.at(time).card, edited.card_at(time), recorded.card_at(time), stored)
        assert {card.id for card in cards} == {expected.id}
        assert {card.body for card in cards} == {expected.body}
        for card in cards:
            assert outcome(card, usage) == outcome(expected, usage)


def test_what_postgresql_makes_of_a_card_as_jsonb_is_the_same_card(text_model: CallableModel) -> None:
    """The ledger stores a card's content as jsonb, which has an order and a writing of its own."""
    ModelRate.objects.create(
        model=text_model.config,
        unit="web_searches",
        amount=Decimal("0.000000000001"),
        per=1000,
        is_batch=None,
    )
    card = catalogue.fresh(constants_catalogue).resolve(text_model.name, "text").card
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [card.body])
        [text] = cursor.fetchone()
    assert RateCard.from_content(json.loads(text)).id == card.id


@pytest.mark.parametrize(
    ("amount", "per", "each"),
    [
        ("0.000000000001", 1_000_000, "1E-18"),
        ("0.000000001", 1_000_000_000, "1E-18"),
        ("999999.999999999999", 1, "999999.999999999999"),
        ("0", 1000, "0"),
    ],
)
def test_the_finest_and_the_dearest_rates_keep_every_digit(
    text_model: CallableModel, amount: str, per: int, each: str
) -> None:
    ModelRate.objects.create(model=text_model.config, unit="characters", amount=Decimal(amount), per=per)
    card = catalogue.fresh(constants_catalogue).resolve(text_model.name, "text").card
    [rate] = card.by_unit["characters"]
    assert rate.usd_each == Decimal(each)
    assert RateCard.from_content(json.loads(card.body)).by_unit["characters"][0].usd_each == Decimal(each)
