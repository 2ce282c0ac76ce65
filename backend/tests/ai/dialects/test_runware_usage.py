"""Runware reports what a task cost; the images that came are the other way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from igny8_core.ai.dialects import USAGE_READERS, dialects_of
from igny8_core.ai.dialects.messages import UnreadableReply
from tests.ai.dialects.cards import card, cost, ways

AS_REPORTED = card(reported_nanousd="1")


def tasks(*costs: Any) -> dict[str, Any]:
    return {
        "data": [
            {"taskType": "imageInference", "taskUUID": "u", "imageURL": "https://im", "cost": each}
            for each in costs
        ]
    }


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        (Decimal("0.0006"), "0.0006"),
        (0.0006, "0.0006"),
        (Decimal("6E-4"), "0.0006"),
        (2, "2"),
        # A float is its shortest notation: not 0.1000000000000000055.
        (0.1, "0.1"),
        # Above nine decimals the cost is rounded up.
        (Decimal("0.0000000001"), "0.000000001"),
        (Decimal("0.00064000000001"), "0.000640001"),
    ],
)
def test_the_reported_cost_is_the_price(reported: Any, expected: str) -> None:
    assert cost("runware", tasks(reported), AS_REPORTED) == Decimal(expected)


def test_the_costs_of_several_tasks_add_up_and_are_rounded_once() -> None:
    assert cost("runware", tasks(0.0006, Decimal("0.0013")), AS_REPORTED) == Decimal("0.0019")
    assert cost("runware", tasks(*[Decimal("0.0000000004")] * 5), AS_REPORTED) == Decimal("0.000000002")


def test_a_model_with_a_price_for_an_image_is_charged_so() -> None:
    assert ways("runware", tasks(0.0006, 0.0006)) == [{"reported_nanousd": 1_200_000}, {"images": 2}]
    assert cost("runware", tasks(0.0006, 0.0006), card(images="0.002")) == Decimal("0.004")
    assert dialects_of(tasks(1)) == ["runware"]


def test_the_cost_of_some_of_the_tasks_is_not_that_of_the_call() -> None:
    assert ways("runware", tasks(0.0006, None)) == [{"images": 2}]


def test_a_task_without_cost_and_image_counts_nothing() -> None:
    body = {"data": [{"taskType": "videoInference", "taskUUID": "u"}]}
    with pytest.raises(UnreadableReply, match="counts nothing"):
        USAGE_READERS["runware"](body)


@pytest.mark.parametrize(
    "reported",
    [
        -0.01,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("1E+999999"),
        Decimal("1E-999999"),
        "0.1",
        True,
        1001,
    ],
)
def test_a_cost_that_cannot_be_is_refused(reported: Any) -> None:
    with pytest.raises(UnreadableReply, match="a cost of"):
        USAGE_READERS["runware"](tasks(reported))


def test_an_error_is_told() -> None:
    with pytest.raises(UnreadableReply, match="no reply of Runware's: an object of errors"):
        USAGE_READERS["runware"]({"errors": [{"code": "invalidApiKey"}]})
