"""Rounding has one home: USD keep every digit, credits round up once."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import igny8_core
from igny8_core.business.credits import money
from igny8_core.business.errors import InvalidRequest

USD = st.decimals(min_value=0, max_value=10**9, places=18)


def test_a_charge_never_falls_below_its_cost() -> None:
    assert money.usd_to_credits(Decimal("0.000000010000000001")) == Decimal("0.000002")


def test_an_amount_that_credits_can_say_is_not_rounded() -> None:
    assert money.usd_to_credits(Decimal("2.8565337")) == Decimal("285.65337")


@given(USD)
def test_rounding_adds_less_than_one_step(amount: Decimal) -> None:
    charged = money.usd_to_credits(amount)
    assert 0 <= charged * Decimal("0.01") - amount < Decimal("1e-8")


@pytest.mark.parametrize("amount", ["1e-19", "1e12", "NaN", "Infinity", "1e60"])
def test_usd_that_the_column_cannot_hold_are_refused_not_rounded(amount: str) -> None:
    with pytest.raises(InvalidRequest):
        money.exact_usd(Decimal(amount))


@pytest.mark.parametrize("amount", ["1e-7", "1.0000005", "1e14", "NaN", "-Infinity"])
def test_credits_that_the_column_cannot_hold_are_refused_not_rounded(amount: str) -> None:
    with pytest.raises(InvalidRequest):
        money.exact_credits(Decimal(amount))


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.15", "0.1500"), ("2E-7", "0.0000002"), ("10", "10.0000"), ("0E-18", "0.0000"), ("1E+2", "100.0000")],
)
def test_amounts_are_shown_in_fixed_notation(amount: str, text: str) -> None:
    assert money.format_usd(Decimal(amount)) == text


def test_nothing_else_rounds_money() -> None:
    root = Path(igny8_core.__file__).parent
    homes = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if ".quantize(" in path.read_text() or "ROUND_" in path.read_text()
    }
    # A quote's cap is in whole tokens, and usage is in whole units: seconds, and billionths of a reported dollar.
    of_counts = {"ai/quote.py", "ai/dialects/openai_usage.py", "ai/dialects/runware_usage.py"}
    assert homes == {"business/credits/money.py"} | of_counts
