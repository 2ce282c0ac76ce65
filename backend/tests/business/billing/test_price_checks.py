"""Suspect prices: a slipped decimal point, a price per token, a price that makes calls free."""

from __future__ import annotations

from decimal import Decimal

import pytest

from igny8_core.business.billing.price_checks import SuspectPrice, confirmation, suspect_prices

INPUT = "input_cost_per_1m"
OUTPUT = "output_cost_per_1m"
IMAGE = "cost_per_image"


def reason(field: str, old: str | None, new: str) -> str | None:
    suspects = suspect_prices(old=(old and {field: Decimal(old)}) or None, new={field: Decimal(new)})
    return suspects[0].reason if suspects else None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("0.15", "1.50", "10 times as much"),
        ("0.15", "1.49999999", None),
        ("0.15", "1.85", "12 times as much"),
        ("0.15", "1500", "10,000 times as much; no model is known to cost so much"),
        ("1.50", "0.15", "10 times less"),
        ("1.50", "0.15000001", None),
        ("15", "1.4", "10 times less"),
        ("0.15", "0.15", None),
        ("0.15", "0.15000000", None),
        ("0.15", "0.30", None),
        ("0.15", "0", "calls would be free"),
        ("0", "0.15", "calls were free"),
        ("0", "0", None),
        (
            "0.15",
            "0.00000015",
            "1,000,000 times less; it looks like a price per token, which would be $0.15 per 1M",
        ),
    ],
)
def test_a_change_of_tenfold_or_to_or_from_free_is_suspect(old: str, new: str, expected: str | None) -> None:
    assert reason(INPUT, old, new) == expected
    assert reason(OUTPUT, old, new) == expected


@pytest.mark.parametrize(
    ("field", "new", "expected"),
    [
        (INPUT, "0.001", None),
        (INPUT, "0.00099999", "it looks like a price per token, which would be $999.99 per 1M"),
        (OUTPUT, "0.0006", "it looks like a price per token, which would be $600.00 per 1M"),
        (INPUT, "0", None),
        (INPUT, "600", None),
        (INPUT, "1000", None),
        (OUTPUT, "1000.00000001", "no model is known to cost so much"),
        (IMAGE, "0.0001", None),
        (IMAGE, "0.00009999", "no image is known to cost so little"),
        (IMAGE, "2", None),
        (IMAGE, "40", "it looks like a price for many images"),
    ],
)
def test_a_new_price_is_only_asked_to_be_plausible(field: str, new: str, expected: str | None) -> None:
    assert reason(field, None, new) == expected


def test_a_price_that_a_model_gets_first_is_a_new_one() -> None:
    old = {INPUT: Decimal("0.15"), OUTPUT: Decimal("0.60"), IMAGE: None}
    assert suspect_prices(old=old, new={**old, IMAGE: Decimal("0.04")}) == ()


def test_an_odd_price_that_stays_is_not_asked_about_again() -> None:
    odd = {INPUT: Decimal("0.0001"), OUTPUT: Decimal(5000), IMAGE: None}
    assert suspect_prices(old=odd, new=odd) == ()


def test_what_is_removed_or_not_named_is_not_suspect() -> None:
    old = {INPUT: Decimal("0.15"), OUTPUT: Decimal("0.60"), IMAGE: None}
    assert suspect_prices(old=old, new={INPUT: None}) == ()
    assert suspect_prices(old=old, new={}) == ()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1"])
def test_what_is_no_price_is_left_to_those_who_refuse_it(number: str) -> None:
    assert suspect_prices(old={INPUT: Decimal("0.15")}, new={INPUT: Decimal(number)}) == ()


def test_each_suspect_price_is_named_with_its_message() -> None:
    old = {INPUT: Decimal("0.15000000"), OUTPUT: Decimal("0.60"), IMAGE: None}
    new = {INPUT: Decimal("1.5"), OUTPUT: Decimal("0.06"), IMAGE: None}
    suspects = suspect_prices(old=old, new=new)
    assert suspects == (
        SuspectPrice(INPUT, Decimal("0.15"), Decimal("1.5"), "10 times as much"),
        SuspectPrice(OUTPUT, Decimal("0.60"), Decimal("0.06"), "10 times less"),
    )
    assert [one.message for one in suspects] == [
        "input price: $0.15 -> $1.50 per 1M, 10 times as much",
        "output price: $0.60 -> $0.06 per 1M, 10 times less",
    ]


def test_the_message_of_a_new_price_names_no_old_one() -> None:
    (one,) = suspect_prices(old=None, new={IMAGE: Decimal(40)})
    assert one.message == "image price: $40.00 per image, it looks like a price for many images"


def test_a_confirmation_holds_for_these_values_only() -> None:
    def confirmed(old: str, new: str) -> str:
        return confirmation(suspect_prices(old={INPUT: Decimal(old)}, new={INPUT: Decimal(new)}))

    assert confirmed("0.15", "1.50") == confirmed("0.15000000", "1.5")
    others = {
        confirmed("0.15", "1.50"),
        confirmed("0.15", "1.51"),
        confirmed("0.14", "1.50"),
        confirmed("0", "1"),
    }
    assert len(others) == 4
    assert confirmed("0.15", "0.16") == ""
