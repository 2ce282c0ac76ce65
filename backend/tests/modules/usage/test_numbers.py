"""Numbers are written in fixed notation, thousands apart, with every digit."""

from decimal import Decimal

import pytest

from igny8_core.modules.usage.numbers import amount_text, change_text, count_text, decimals_of


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.0000"),
        ("1234567.5", "1,234,567.5000"),
        ("0.00000015", "0.00000015"),
        ("1E-18", "0.000000000000000001"),
        ("123456789012.123456789012345678", "123,456,789,012.123456789012345678"),
    ],
)
def test_an_amount_keeps_its_digits(amount: str, text: str) -> None:
    assert amount_text(Decimal(amount), decimals=4) == text


def test_a_count_has_its_thousands_apart() -> None:
    assert count_text(1234567) == "1,234,567"


def test_a_column_has_the_decimals_of_its_finest_amount() -> None:
    assert decimals_of([Decimal("1.5"), Decimal("0.0000025"), Decimal(0)], least=4) == 7
    assert decimals_of([Decimal("1.5")], least=4) == 4
    assert decimals_of([], least=2) == 2


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (Decimal("1.5"), Decimal(1), "+50.0%"),
        (Decimal("0.5"), Decimal(1), "-50.0%"),
        (0, 3, "-100.0%"),
        (10_000, 3, "+333,233.3%"),
        (7, 7, "±0.0%"),
        (Decimal("0.9999"), Decimal(1), "±0.0%"),
        (Decimal(10**12), Decimal("1e-18"), f"+{10**32:,}.0%"),
        (5, 0, ""),
        (0, 0, ""),
    ],
)
def test_a_change_is_a_signed_percentage_of_what_was(
    now: Decimal | int, before: Decimal | int, text: str
) -> None:
    assert change_text(now, before) == text
