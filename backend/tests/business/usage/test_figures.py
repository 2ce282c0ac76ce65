"""Figures add up to the last digit, and know every unit that calls use."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from igny8_core.business.billing.usage import UNITS
from igny8_core.business.usage.figures import IMAGE_UNITS, INPUT_UNITS, OUTPUT_UNITS, Figures, total

AMOUNTS = st.decimals(min_value=0, max_value=10**12 - 1, places=18, allow_nan=False, allow_infinity=False)


@given(st.lists(AMOUNTS, max_size=50))
def test_no_digit_of_a_sum_is_lost(amounts: list[Decimal]) -> None:
    summed = total(Figures(calls=1, cost_usd=amount, credits=amount) for amount in amounts)
    quanta = sum(map(_quanta, amounts))
    assert (summed.calls, _quanta(summed.cost_usd), _quanta(summed.credits)) == (len(amounts), quanta, quanta)


def test_tokens_are_input_and_output_and_what_was_not_charged_is_one_number() -> None:
    figures = Figures(calls=1, refused=2, failed=3, unknown=4, input_tokens=50, output_tokens=6, images=7)
    assert (figures.tokens, figures.uncharged) == (56, 9)


def test_every_token_and_every_image_is_in_one_figure() -> None:
    # A token that is priced and not shown would make the tokens of a bill too few.
    shown = [*INPUT_UNITS, *OUTPUT_UNITS, *IMAGE_UNITS]
    assert sorted(shown) == sorted(unit for unit in UNITS if unit.endswith("_tokens") or unit == "images")


def _quanta(amount: Decimal) -> int:
    """In whole 1e-18, by text: no arithmetic of Decimal is trusted here."""
    whole, _, fraction = f"{amount:f}".partition(".")
    return int(whole + fraction.ljust(18, "0"))
