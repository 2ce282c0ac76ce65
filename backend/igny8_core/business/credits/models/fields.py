"""The two kinds of amount that money tables hold."""

from __future__ import annotations

from typing import Any

from django.db import models


def credits_field(**options: Any) -> models.DecimalField[Any, Any]:
    """Credits, to the millionth."""
    return models.DecimalField(max_digits=20, decimal_places=6, **options)


def usd_field(**options: Any) -> models.DecimalField[Any, Any]:
    """USD, to the eighteenth decimal: a price per million tokens times tokens, exactly."""
    return models.DecimalField(max_digits=30, decimal_places=18, **options)
