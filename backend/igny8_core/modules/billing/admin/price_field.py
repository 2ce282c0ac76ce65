"""A price as people type and read it: fixed notation, without zeros that say nothing."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from igny8_core.business.credits.money import without_trailing_zeros

PLAIN: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)\Z")


def plain_price(price: Decimal) -> str:
    """`0.15`, `0.00000002`, `0`; never `0.15000000` and never `2E-8`."""
    return f"{without_trailing_zeros(price):f}"


def plain_text(text: str) -> str:
    """The same for a price that Unfold has already made a text of."""
    try:
        return plain_price(Decimal(text))
    except InvalidOperation:
        return text


class PriceField(forms.DecimalField):
    """USD with up to eight decimals, unless told otherwise. A text box: a number box would show small prices as 2e-8."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", UnfoldAdminTextInputWidget({"inputmode": "decimal", "autocomplete": "off"})
        )
        messages = {
            "invalid": "A price is a number with a point, e.g. 0.15.",
            "max_decimal_places": "A price has at most %(max)s decimals.",
        }
        column: dict[str, Any] = {
            "required": False,
            "max_digits": 16,
            "decimal_places": 8,
            "error_messages": messages,
        }
        super().__init__(**column | kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        # Decimal() reads 0_20 as 20, and exponents and the digits of other scripts too.
        if isinstance(value, str) and value.strip() and not PLAIN.match(value.strip()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        price: Decimal | None = super().to_python(value)
        # Zero has no sign.
        return None if price is None else price or Decimal(0)

    def prepare_value(self, value: Any) -> Any:
        return plain_price(value) if isinstance(value, Decimal) and value.is_finite() else value
