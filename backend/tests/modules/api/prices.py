"""Prices of a test's own models, and the times at which they are asked about."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from igny8_core.business.billing.models import AIModelConfig, ModelAlias, ModelRate
from igny8_core.modules.billing.moment import written

HOUR = timedelta(hours=1)


def add_rate(model: AIModelConfig, unit: str, amount: str, **fields: Any) -> ModelRate:
    return ModelRate.objects.create(model=model, unit=unit, amount=Decimal(amount), **fields)


def add_alias(model: AIModelConfig, name: str) -> ModelAlias:
    return ModelAlias.objects.create(model=model, name=name)


def now() -> datetime:
    """By the database's clock, at which prices act."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        time: datetime = cursor.fetchone()[0]
    return time


def at(time: datetime) -> str:
    """As an address and an answer have it."""
    text = written(time)
    assert text is not None
    return text
