"""Rates as a person types them into a model's page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.test import Client

from igny8_core.business.billing.models import AIModelConfig, ModelRate
from tests.modules.billing_admin.pages import opened, url

TYPED = {
    "unit": "cached_input_tokens",
    "amount": "0.075",
    "per": "1000000",
    "service_tier": "",
    "is_batch": "False",
    "above_input_tokens": "0",
    "image_size": "",
    "image_quality": "",
    "valid_from_0": "",
    "valid_from_1": "",
    "valid_to_0": "",
    "valid_to_1": "",
    "source_url": "",
    "checked_on": "",
}


def typed(*rates: dict[str, str], page: dict[str, Any]) -> dict[str, Any]:
    """What the page would send with these rates added."""
    data = dict(page)
    count = int(data["rates-TOTAL_FORMS"])
    for number, rate in enumerate(rates, start=count):
        data |= {f"rates-{number}-{name}": value for name, value in {**TYPED, **rate}.items()}
    data["rates-TOTAL_FORMS"] = count + len(rates)
    return data


def add(client: Client, model: AIModelConfig, *rates: dict[str, str], **more: Any) -> Any:
    """Opens the model's page, adds rates, saves. A value of None: the box is unticked."""
    data = typed(*rates, page=opened(client, model)) | more
    return client.post(
        url(model, "change"), {name: value for name, value in data.items() if value is not None}
    )


def rates_of(model: AIModelConfig) -> list[tuple[str, Decimal, str]]:
    """(unit, amount, condition)"""
    rows = ModelRate.objects.filter(model=model).order_by("pk")
    return [(row.unit, row.amount, row.dated_rate.rate.condition) for row in rows]


def rate_errors(response: Any) -> list[str]:
    """What the page says of the rates."""
    [formset] = [
        one.formset for one in response.context["inline_admin_formsets"] if one.formset.prefix == "rates"
    ]
    fields = [str(sentence) for errors in formset.errors for found in errors.values() for sentence in found]
    return [*map(str, formset.non_form_errors()), *fields]


def make_rate(model: AIModelConfig, unit: str, amount: str, **fields: Any) -> ModelRate:
    fields = {"per": 1_000_000, **fields}
    return ModelRate.objects.create(model=model, unit=unit, amount=Decimal(amount), **fields)
