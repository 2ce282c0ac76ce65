"""What Runware's replies say was used: the cost of each task, where the call asked for it, and the images that came.

Runware publishes no rates for most models: the cost that it reports is the price. It is counted in billionths of a
dollar, and a cost with more than nine decimals is rounded up to the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from igny8_core.ai.dialects.messages import UnreadableReply
from igny8_core.ai.dialects.reported_usage import (
    Json,
    ReportedUsage,
    items,
    reported,
    text,
    told,
    usage_reader,
)
from igny8_core.business.billing.rate_cards import EXACT
from igny8_core.business.billing.usage import Usage
from igny8_core.business.shown_value import shown_value

NANO: Final = 9
# More than any task costs, and few enough digits to add up exactly.
MOST_USD: Final = 1000
MOST_DECIMALS: Final = 40
OF_AN_IMAGE: Final = ("imageURL", "imageBase64Data", "imageDataURI", "imageUUID")


def is_ours(body: Any) -> bool:
    """Whether a body has the shape of one of these replies."""
    if not isinstance(body, Mapping):
        return False
    return any("taskUUID" in item or "taskType" in item for item in items(body, "data"))


@usage_reader
def read_usage(body: Any) -> ReportedUsage:
    """The usage of the tasks of one reply: at its reported cost, and as images. Raises UnreadableReply."""
    if not is_ours(body):
        raise UnreadableReply(f"no reply of Runware's: {told(body)}")
    tasks = items(body, "data")
    costs = [_usd(task["cost"]) for task in tasks if task.get("cost") is not None]
    images = Usage(images=sum(any(task.get(name) for name in OF_AN_IMAGE) for task in tasks))
    # The cost of some of the tasks is not what the call cost.
    cost = Usage(reported_nanousd=_nanousd(costs) if len(costs) == len(tasks) else 0)
    return reported(_model(tasks), cost, images)


def _model(tasks: list[Json]) -> str | None:
    names = {text(task, "model") for task in tasks}
    return names.pop() if len(names) == 1 else None


def _usd(cost: Any) -> Decimal:
    """The amount as it was written; a float is what its shortest notation says."""
    usd = Decimal(repr(cost)) if type(cost) in (int, float) else cost
    if (
        not isinstance(usd, Decimal)
        or not usd.is_finite()
        or not 0 <= usd <= MOST_USD
        or not -MOST_DECIMALS <= int(usd.as_tuple().exponent) <= 3
    ):
        raise UnreadableReply(f"a cost of {shown_value(cost, 50)}; it must be a number from 0 to {MOST_USD}")
    return usd


def _nanousd(costs: list[Decimal]) -> int:
    total = Decimal(0)
    for usd in costs:
        total = EXACT.add(total, usd)
    return int(EXACT.scaleb(total, NANO).to_integral_value(rounding=ROUND_CEILING))
