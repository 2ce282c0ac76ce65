"""Usage refuses counts that cannot be."""

from decimal import Decimal

import pytest

from igny8_core.business.billing.usage import Usage
from igny8_core.business.errors import InvalidRequest


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (-1, "-1"),
        (1.5, "1.5"),
        (Decimal("1.5"), "1.5"),
        ("7", "'7'"),
        (None, "null"),
        (True, "true"),
        ([1, None, {"a": False}], "[1, null, {'a': false}]"),
        (10**12 + 1, "1000000000001"),
    ],
)
def test_a_count_that_is_not_a_whole_number_of_at_least_zero_is_refused_with_its_value(
    count: object, shown: str
) -> None:
    with pytest.raises(InvalidRequest, match="input_tokens is") as caught:
        Usage(input_tokens=count)  # type: ignore[arg-type]
    assert f" is {shown}; it must be" in caught.value.message


def test_json_carries_only_what_was_used_and_comes_back_whole() -> None:
    usage = Usage(input_tokens=3, images=1)
    assert usage.to_json() == {"input_tokens": 3, "images": 1}
    assert Usage.from_json(usage.to_json()) == usage


def test_a_unit_that_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="unknown usage unit: parsecs"):
        Usage.from_json({"parsecs": 12})
