"""Images are priced and held before the call, and charged for the images that came."""

from decimal import Decimal

import pytest

from igny8_core.ai.ai_core import AICore
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from igny8_core.business.errors import InvalidImageSize, InvalidRequest, UnpricedUsage
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, usage_rows


def test_each_image_is_held_and_charged(account: Account, image_model: CallableModel) -> None:
    result = AICore(account=account).generate_image("A cat", model=image_model.name, n=3)
    assert len(result.images) == 3
    assert (result.cost, result.credits) == (Decimal("0.12"), 12)
    assert Hold.objects.get(account=account).amount == 12
    assert CreditUsageLog.objects.get(account=account).usage == {"images": 3, "image_size": "1024x1024"}
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


def test_an_option_that_is_not_known_is_not_passed_on_unpriced(
    account: Account, image_model: CallableModel
) -> None:
    with pytest.raises(InvalidRequest, match="unknown option: moderation"):
        AICore(account=account).generate_image("A cat", model=image_model.name, moderation="low")
    assert image_model.count().received == 0
    assert balance(account) == (1000, 0, 0)


def test_a_quality_without_a_rate_is_refused_and_not_charged_at_another_price(
    account: Account, image_model: CallableModel
) -> None:
    with pytest.raises(UnpricedUsage) as caught:
        AICore(account=account).generate_image("A cat", model=image_model.name, quality="hd")
    assert (caught.value.details["unit"], caught.value.details["image_quality"]) == ("images", "hd")
    assert image_model.count().received == 0
    assert balance(account) == (1000, 0, 0)
    assert usage_rows(account) == [("refused", "unpriced_usage", 0)]


def test_a_quality_that_the_provider_would_choose_is_refused(
    account: Account, image_model: CallableModel
) -> None:
    with pytest.raises(InvalidRequest, match="quality is 'auto'; it must be named"):
        AICore(account=account).generate_image("A cat", model=image_model.name, quality="auto")
    assert image_model.count().received == 0
    assert balance(account) == (1000, 0, 0)


def test_size_and_quality_are_charged_at_their_own_rates(
    account: Account, image_model: CallableModel
) -> None:
    rates = {("", "hd"): "0.08", ("256x256", ""): "0.01", ("256x256", "hd"): "0.02"}
    for (size, quality), amount in rates.items():
        image_model.config.rates.create(
            unit="images", amount=amount, per=1, image_size=size, image_quality=quality
        )
    core = AICore(account=account)
    costs = {
        (size, quality): core.generate_image("A cat", model=image_model.name, size=size, quality=quality).cost
        for size in ("256x256", "1024x1024")
        for quality in ("standard", "hd")
    }
    assert costs == {
        ("256x256", "standard"): Decimal("0.01"),
        ("256x256", "hd"): Decimal("0.02"),
        ("1024x1024", "standard"): Decimal("0.04"),
        ("1024x1024", "hd"): Decimal("0.08"),
    }
    assert {(hold.amount, hold.state) for hold in Hold.objects.filter(account=account)} == {
        (1, "settled"),
        (2, "settled"),
        (4, "settled"),
        (8, "settled"),
    }


def test_a_quality_that_the_provider_says_it_drew_at_is_the_one_that_is_charged(
    account: Account, image_model: CallableModel
) -> None:
    image_model.script({"reply": {"data": [{"b64_json": "aGk="}], "quality": "high"}})
    image_model.config.rates.create(unit="images", amount="0.167", per=1, image_quality="high")
    result = AICore(account=account).generate_image("A cat", model=image_model.name)
    assert result.cost == Decimal("0.167")
    [row] = CreditUsageLog.objects.filter(account=account)
    assert row.usage == {"images": 1, "image_size": "1024x1024", "image_quality": "high"}


def test_a_quality_that_came_without_a_rate_is_not_charged_at_the_standard_price(
    account: Account, image_model: CallableModel
) -> None:
    image_model.script({"reply": {"data": [{"b64_json": "aGk="}], "quality": "high"}})
    with pytest.raises(
        UnpricedUsage, match="no rate for 1 images with image_size '1024x1024', image_quality 'high'"
    ):
        AICore(account=account).generate_image("A cat", model=image_model.name)
    assert [(hold.amount, hold.state) for hold in Hold.objects.filter(account=account)] == [(4, "unknown")]
    assert usage_rows(account) == [("unknown", "unpriced_usage", 0)]
