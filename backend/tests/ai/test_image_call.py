"""Images are priced and held before the call, and charged for the images that came."""

from decimal import Decimal

import pytest

from igny8_core.ai.ai_core import AICore
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from igny8_core.business.errors import InvalidImageSize, InvalidRequest
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, usage_rows


def test_each_image_is_held_and_charged(account: Account, image_model: CallableModel) -> None:
    result = AICore(account=account).generate_image("A cat", model=image_model.name, n=3)
    assert len(result.images) == 3
    assert (result.cost, result.credits) == (Decimal("0.12"), 12)
    assert Hold.objects.get(account=account).amount == 12
    assert CreditUsageLog.objects.get(account=account).usage == {"images": 3}
    assert balance(account) == (988, 0, 0)


def test_images_that_did_not_come_are_not_charged(account: Account, image_model: CallableModel) -> None:
    image_model.script({"reply": {"data": [{"b64_json": "aGk="}]}})
    result = AICore(account=account).generate_image("A cat", model=image_model.name, n=3)
    assert result.credits == 4
    assert balance(account) == (996, 0, 0)


def test_a_size_that_the_model_does_not_have_is_refused_by_name(
    account: Account, image_model: CallableModel
) -> None:
    with pytest.raises(InvalidImageSize) as caught:
        AICore(account=account).generate_image("A cat", model=image_model.name, size="512x512")
    assert str(caught.value) == (
        f"size '512x512' is not valid for {image_model.name}; valid sizes: 256x256, 1024x1024"
    )
    assert image_model.count().received == 0
    assert balance(account) == (1000, 0, 0)
    assert usage_rows(account) == [("refused", "invalid_image_size", 0)]


def test_more_images_than_were_asked_for_are_not_charged(
    account: Account, image_model: CallableModel
) -> None:
    image_model.script({"reply": {"data": [{"b64_json": "aGk="}] * 10}})
    assert AICore(account=account).generate_image("A cat", model=image_model.name).credits == 4
    assert balance(account) == (996, 0, 0)


@pytest.mark.parametrize("count", [0, 11, -1, "2"])
def test_a_count_that_cannot_be_is_refused(account: Account, image_model: CallableModel, count: int) -> None:
    with pytest.raises(InvalidRequest, match="n is"):
        AICore(account=account).generate_image("A cat", model=image_model.name, n=count)
    assert balance(account) == (1000, 0, 0)


def test_an_option_that_changes_the_price_is_not_passed_on_unpriced(
    account: Account, image_model: CallableModel
) -> None:
    with pytest.raises(InvalidRequest, match="unknown option: quality"):
        AICore(account=account).generate_image("A cat", model=image_model.name, quality="hd")
    assert image_model.count().received == 0
