"""What a person who types a rate is told: what is wrong stands where it is typed, and what a rate replaces is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.billing_admin.pages import messages_of, text_of, url
from tests.modules.billing_admin.rates import add, make_rate, rate_errors, rates_of

CACHED = {"unit": "cached_input_tokens", "amount": "0.075"}


@pytest.mark.parametrize(
    ("rate", "field"),
    [
        ({"amount": "-1"}, "amount"),
        ({"valid_from_0": "2031-01-01", "valid_from_1": "00:00", "valid_to_0": "2030-01-01", "valid_to_1": "00:00"}, "valid_to"),
        ({"valid_to_0": "1999-01-01", "valid_to_1": "00:00"}, "valid_to"),
        ({"valid_from_0": "1999-01-01", "valid_from_1": "00:00"}, "valid_from"),
        ({"unit": "output_tokens", "image_size": "1024x1024"}, "image_size"),
        ({"image_quality": "hd"}, "image_quality"),
        ({"service_tier": "default"}, "service_tier"),
        ({"amount": "0.0000000001", "per": "1000000000"}, "amount"),
    ],
)  # fmt: skip
def test_what_a_constraint_says_stands_at_its_field(
    operator: Client, model: AIModelConfig, rate: dict[str, str], field: str
) -> None:
    stored = make_rate(model, "web_searches", "10", per=1000)
    changes = {f"rates-0-{name}": text for name, text in {**CACHED, **rate}.items()}
    refused = add(operator, model, **changes)
    [formset] = [
        one.formset for one in refused.context["inline_admin_formsets"] if one.formset.prefix == "rates"
    ]
    [errors] = formset.errors
    assert list(errors) == [field]
    assert str(errors[field][0]) in text_of(refused)
    # The row is unfolded, else nobody would see it.
    assert "openRow: true" in refused.content.decode()
    assert rates_of(model) == [("web_searches", stored.amount, "")]


def test_the_unit_is_chosen_and_never_assumed(operator: Client, model: AIModelConfig) -> None:
    refused = add(operator, model, {"unit": "", "amount": "3"})
    assert rate_errors(refused) == ["Choose what is counted."]
    assert '<option value="" selected>Choose what is counted</option>' in refused.content.decode()
    assert rates_of(model) == []


def test_who_replaces_a_base_price_is_told(operator: Client, model: AIModelConfig) -> None:
    soon = f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"
    at_once = {"unit": "input_tokens", "amount": "0.3"}
    later = {"unit": "output_tokens", "amount": "0.9", "valid_from_0": soon, "valid_from_1": "00:00:00"}
    saved = add(operator, model, at_once, later, {**CACHED, "service_tier": "flex"})
    assert saved.status_code == 302
    said = [message for message in messages_of(saved) if "the place of" in message]
    assert said == [
        "“$0.30 per 1M input tokens” takes the place of the input price, $0.15 per 1M.",
        f"“$0.90 per 1M output tokens, from {soon} 00:00 UTC” will take the place of the output price, $0.60 per 1M.",
    ]
    operator.cookies.pop("messages", None)
    again = add(operator, model, display_name="Another")
    assert not [message for message in messages_of(again) if "the place of" in message]


def test_the_dates_say_that_they_are_utc(operator: Client, model: AIModelConfig) -> None:
    page = text_of(operator.get(url(model, "change")))
    assert "Begins then, in UTC, e.g. 2026-12-01 00:00:00; empty: always was so." in page
    assert "Ends then, in UTC" in page
    refused = add(operator, model, {**CACHED, "valid_from_0": "2030-01-01"})
    assert rate_errors(refused) == ["A day and its time are written 2026-12-01 00:00:00, UTC."]
    assert rates_of(model) == []


def test_who_may_only_look_is_told_which_rate_takes_a_base_prices_place(
    viewer: Client, model: AIModelConfig
) -> None:
    make_rate(model, "input_tokens", "0.3")
    sentence = "Not charged now: a rate below takes its place, “$0.30 per 1M input tokens”."
    assert f"Input price: {sentence}" in text_of(viewer.get(url(model, "change")))
