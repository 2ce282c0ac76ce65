"""calculate_cost answers from the database, and from the constants when the database is away."""

from decimal import Decimal
from typing import Any

import pytest

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.validators import validate_image_size, validate_model
from igny8_core.business import postgres
from igny8_core.business.credits.models import Account
from igny8_core.business.errors import (
    InactiveModel,
    InvalidImageSize,
    InvalidRequest,
    LedgerUnavailable,
    UnknownModel,
)
from tests.callable_model import CallableModel


def test_tokens_and_images_are_priced_from_the_database(text_model: CallableModel) -> None:
    assert AICore().calculate_cost(text_model.name, 1000, 500) == Decimal("0.006")
    assert AICore().calculate_cost("dall-e-3", model_type="image") == Decimal("0.04")
    assert AICore().calculate_cost("dall-e-3", model_type="image", num_images=3) == Decimal("0.12")


def test_an_edit_applies_at_once(text_model: CallableModel) -> None:
    AICore().calculate_cost(text_model.name, 1, 1)
    text_model.config.input_cost_per_1m = Decimal(2)
    text_model.config.save()
    assert AICore().calculate_cost(text_model.name, 1000, 0) == Decimal("0.002")


def test_a_model_that_is_not_there_has_no_default_rate() -> None:
    with pytest.raises(UnknownModel):
        AICore().calculate_cost("gpt-9", 1000, 500)
    with pytest.raises(InactiveModel):
        AICore().calculate_cost("gpt-image-1", model_type="image")
    with pytest.raises(InvalidRequest, match="model_type is 'video'"):
        AICore().calculate_cost("gpt-4o", 1, 1, model_type="video")


def test_with_the_database_away_it_answers_and_a_call_is_refused_before_it_is_sent(
    account: Account, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IGNY8_LEDGER_RETRY_SECONDS = 0.3
    nowhere = {"host": "127.0.0.1", "port": 9, "dbname": "away"}
    postgres.close()
    monkeypatch.setattr(postgres, "connection_options", lambda: dict(nowhere))
    monkeypatch.setattr("igny8_core.business.billing.catalogue._snapshot", None)
    try:
        assert AICore().calculate_cost("gpt-4o-mini", 1000, 500) == Decimal("0.000450")
        with pytest.raises(LedgerUnavailable):
            AICore(account=account).run_ai_request(prompt="Hello", max_tokens=5)
    finally:
        postgres.close()


def test_the_validators_ask_the_database(image_model: CallableModel) -> None:
    assert validate_model(image_model.name, "image").name == image_model.name
    with pytest.raises(UnknownModel, match=r"available text models: .*gpt-4o-mini"):
        validate_model("gpt-9")
    validate_image_size("256x256", image_model.name)
    with pytest.raises(InvalidImageSize, match="valid sizes: 256x256, 1024x1024"):
        validate_image_size("1x1", image_model.name)
