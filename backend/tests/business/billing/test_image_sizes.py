"""Sizes are a list of different strings like "1024x1024"."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from igny8_core.business.billing.image_sizes import check_sizes


@pytest.mark.parametrize("sizes", [[], ["1024x1024"], ["256x256", "1792x1024"], ["1x99999"]])
def test_sizes(sizes: Any) -> None:
    check_sizes(sizes)


@pytest.mark.parametrize(
    ("sizes", "code"),
    [
        ("1024x1024", "not_a_list"),
        ({"1024x1024": 1}, "not_a_list"),
        (None, "not_a_list"),
        (7, "not_a_list"),
        ([1024], "not_a_size"),
        ([["1024x1024"]], "not_a_size"),
        (["1024"], "not_a_size"),
        (["1024X1024"], "not_a_size"),
        (["1024x1024 "], "not_a_size"),
        (["1024x1024\n"], "not_a_size"),
        (["0x1024"], "not_a_size"),
        (["-1x1"], "not_a_size"),
        (["100000x1"], "not_a_size"),
        (["1x1", "2x2", "1x1"], "repeated_size"),
        ([f"{width}x1" for width in range(1, 52)], "too_many_sizes"),
    ],
)
def test_no_sizes(sizes: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_sizes(sizes)
    assert refusal.value.code == code
