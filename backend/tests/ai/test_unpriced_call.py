"""A call that used what has no price: its credits stay held, what was used is kept, and nothing is charged at $0."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from igny8_core.ai.ai_core import AICore
from igny8_core.business.billing.models import ModelRate
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from igny8_core.business.errors import UnpricedUsage
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, entries, usage_rows

CACHED = {
    "usage": {
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "prompt_tokens_details": {"cached_tokens": 600},
        "completion_tokens_details": {"reasoning_tokens": 150},
    }
}


def call(account: Account, model: CallableModel, **options: Any) -> Any:
    return AICore(account=account).run_ai_request(prompt="Hello", model=model.name, max_tokens=500, **options)


def rate(model: CallableModel, unit: str, amount: str, **fields: Any) -> ModelRate:
    return ModelRate.objects.create(model=model.config, unit=unit, amount=Decimal(amount), **fields)


def test_cached_tokens_without_a_rate_are_neither_free_nor_charged_as_plain_input(
    account: Account, text_model: CallableModel, caplog: Any
) -> None:
    text_model.script(CACHED)
    with pytest.raises(UnpricedUsage, match=f"{text_model.name} has no rate for 600 cached_input_tokens"):
        call(account, text_model)
    hold = Hold.objects.get(account=account)
    assert hold.state == "unknown"
    assert balance(account) == (1000, hold.amount, 0)
    assert entries(account) == [("grant", 1000)]
    assert usage_rows(account) == [("unknown", "unpriced_usage", 0)]
    row = CreditUsageLog.objects.get(account=account)
    assert (row.confidence, row.cost_usd) == ("unpriced", 0)
    assert row.provider_request_id
    assert row.usage == {
        "input_tokens": 400,
        "cached_input_tokens": 600,
        "output_tokens": 50,
        "reasoning_tokens": 150,
    }
    assert "unpriced request=" in caplog.text


def test_once_the_rate_is_known_the_charge_is_exact(account: Account, text_model: CallableModel) -> None:
    text_model.script(CACHED)
    rate(text_model, "cached_input_tokens", "0.25")
    result = call(account, text_model)
    # 400 x 1 + 600 x 0.25 + 200 x 10, each per million: reasoning costs what output costs.
    assert (result.cost, result.credits) == (Decimal("0.00255"), Decimal("0.255"))
    assert (result.input_tokens, result.output_tokens) == (1000, 200)
    row = CreditUsageLog.objects.get(account=account)
    assert (row.status, row.confidence, row.cost_usd) == ("settled", "exact", Decimal("0.00255"))
    assert balance(account) == (Decimal("999.745"), 0, 0)


def test_a_rate_that_is_an_estimate_marks_the_charge(
    account: Account, text_model: CallableModel, caplog: Any
) -> None:
    text_model.script(CACHED)
    rate(text_model, "cached_input_tokens", "0.25", is_estimate=True)
    assert call(account, text_model).cost == Decimal("0.00255")
    row = CreditUsageLog.objects.get(account=account)
    assert (row.status, row.confidence) == ("settled", "estimated")
    assert "estimated request=" in caplog.text


def test_a_call_that_used_nothing_of_it_is_exact_all_the_same(
    account: Account, text_model: CallableModel
) -> None:
    rate(text_model, "cached_input_tokens", "0.25", is_estimate=True)
    text_model.answers_with_usage(1000, 100)
    assert call(account, text_model).cost == Decimal("0.002")
    assert CreditUsageLog.objects.get(account=account).confidence == "exact"


def test_a_call_is_charged_at_the_tier_that_answered_it(account: Account, text_model: CallableModel) -> None:
    rate(text_model, "input_tokens", "0.50", service_tier="flex")
    rate(text_model, "output_tokens", "5", service_tier="flex")
    text_model.script({"usage": {"prompt_tokens": 1000, "completion_tokens": 100}})
    assert call(account, text_model, service_tier="flex").cost == Decimal("0.001")
    text_model.script(
        {
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100},
            "reply": {"service_tier": "default"},
        }
    )
    assert call(account, text_model, service_tier="flex").cost == Decimal("0.002")


def test_counts_that_cannot_be_may_be_billed_and_are_not_charged(
    account: Account, text_model: CallableModel
) -> None:
    text_model.script(
        {
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 400},
            }
        }
    )
    with pytest.raises(Exception, match="400 cached_input_tokens cannot be inside 100 input_tokens"):
        call(account, text_model)
    assert Hold.objects.get(account=account).state == "unknown"
    assert entries(account) == [("grant", 1000)]


def test_a_reply_that_counts_nothing_is_no_call_for_free(account: Account, text_model: CallableModel) -> None:
    text_model.answers_with_usage(0, 0)
    with pytest.raises(Exception, match="an answer that counts nothing"):
        call(account, text_model)
    assert Hold.objects.get(account=account).state == "unknown"
    assert entries(account) == [("grant", 1000)]


def test_an_image_is_charged_in_tokens_where_its_model_has_their_rates(
    account: Account, image_model: CallableModel
) -> None:
    usage = {
        "input_tokens": 50,
        "input_tokens_details": {"text_tokens": 50, "image_tokens": 0},
        "output_tokens": 1056,
    }
    image_model.script({"usage": usage})
    by_image = AICore(account=account).generate_image("A cat", model=image_model.name)
    assert by_image.cost == Decimal("0.04")
    rate(image_model, "input_tokens", "5")
    rate(image_model, "image_output_tokens", "40")
    by_token = AICore(account=account).generate_image("A cat", model=image_model.name)
    # 50 x 5 + 1,056 x 40
    assert by_token.cost == Decimal("0.04249")
    newest = CreditUsageLog.objects.filter(account=account).order_by("-id")[0]
    assert newest.usage == {"input_tokens": 50, "image_output_tokens": 1056}
