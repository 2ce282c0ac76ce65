"""GET …/ai/compare/: two to four models side by side, and what a stated workload costs with each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from tests.modules.api.caller import COMPARE, ESTIMATE, Answer, Caller
from tests.modules.api.prices import HOUR, add_alias, add_rate, at, now


@pytest.fixture
def other(provider: AIProvider, model: AIModelConfig) -> AIModelConfig:
    """A text model at $2 / $4, that takes 1,000 tokens and gives 100."""
    return AIModelConfig.objects.create(
        model_name=f"{model.model_name}-other",
        display_name="Another model",
        model_type="text",
        provider=provider,
        input_cost_per_1m="2",
        output_cost_per_1m="4",
        context_window=1000,
        max_output_tokens=100,
        supports_vision=True,
    )


def ask(caller: Caller, *models: str, **query: Any) -> Answer:
    return caller.get(f"{COMPARE}?{urlencode({'models': ','.join(models)} | query)}")


def found(answer: Answer, field: str) -> list[Any]:
    assert answer.status == 200, answer.body
    return [model[field] for model in answer.body["data"]["models"]]


def test_prices_limits_capabilities_and_the_cost_of_a_workload(
    reader: Caller, model: AIModelConfig, other: AIModelConfig
) -> None:
    add_rate(model, "cached_input_tokens", "0.1")
    answer = ask(
        reader,
        model.model_name,
        other.model_name,
        input_tokens=1001,
        output_tokens=200,
        cached_share=50,
        calls_a_month=30_000,
    )
    assert (answer.status, answer.body["message"]) == (200, "AI models compared successfully")
    data = answer.body["data"]
    assert data["workload"] == {
        "input_tokens": 1001,
        "cached_tokens": 500,
        "output_tokens": 200,
        "images": 0,
        "image_size": "",
        "image_quality": "",
        "calls_a_month": 30_000,
    }

    def rate(unit: str, amount: str) -> dict[str, Any]:
        return {"unit": unit, "amount": amount, "per": 1_000_000, "condition": "", "is_estimate": False}

    assert data["models"][1] == {
        "model": other.model_name,
        "model_name": other.model_name,
        "display_name": "Another model",
        "model_type": "text",
        "is_active": True,
        "context_window": 1000,
        "max_output_tokens": 100,
        "valid_sizes": [],
        "capabilities": {"json_mode": False, "vision": True, "function_calling": False},
        "prices": [rate("input_tokens", "2.0000"), rate("output_tokens", "4.0000")],
        "cost_usd": "0.002802",
        "lines": [
            {
                "unit": "input_tokens",
                "quantity": 1001,
                "amount_usd": "0.002002",
                "rate": rate("input_tokens", "2.0000"),
            },
            {
                "unit": "output_tokens",
                "quantity": 200,
                "amount_usd": "0.0008",
                "rate": rate("output_tokens", "4.0000"),
            },
        ],
        "month_usd": "84.0600",
        "confidence": "exact",
        "cached_as_input": True,
        "misfits": [
            "1,001 input tokens are more than its context window of 1,000",
            "200 output tokens are more than the 100 that it gives at most",
        ],
        "card": str(AIModelConfig.objects.get(pk=other.pk).rate_card.id),
        "error": None,
    }
    first = data["models"][0]
    assert (first["cost_usd"], first["month_usd"], first["cached_as_input"]) == ("0.002551", "76.5300", False)
    assert [(line["unit"], line["quantity"]) for line in first["lines"]] == [
        ("input_tokens", 501),
        ("cached_input_tokens", 500),
        ("output_tokens", 200),
    ]


def test_what_has_no_price_has_a_reason_and_is_not_free(reader: Caller, model: AIModelConfig) -> None:
    answer = ask(reader, model.model_name, "dall-e-3", images=2, image_size="1024x1024")
    assert found(answer, "cost_usd") == [None, "0.0800"]
    assert found(answer, "month_usd") == [None, "0.0800"]
    assert found(answer, "confidence") == ["unpriced", "exact"]
    assert found(answer, "error") == [
        {
            "code": "unpriced_usage",
            "message": f"{model.model_name} has no rate for 2 images with image_size '1024x1024'",
        },
        None,
    ]


def test_it_says_what_an_estimate_says(reader: Caller) -> None:
    names = ["gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-5.1"]
    compared = ask(reader, *names, input_tokens=12_345, output_tokens=678)
    usage = {"input_tokens": 12_345, "output_tokens": 678}
    estimated = reader.post(ESTIMATE, {"models": names, "usage": usage})
    for field in ("cost_usd", "lines", "card", "confidence"):
        assert found(compared, field) == found(estimated, field)


def test_past_prices_and_those_to_come(reader: Caller, model: AIModelConfig, other: AIModelConfig) -> None:
    before, begins = now(), now() + HOUR
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(5))
    add_rate(other, "input_tokens", "9", valid_from=begins)
    names = (model.model_name, other.model_name)
    costs = [
        found(ask(reader, *names, input_tokens=1_000_000, **when), "cost_usd")
        for when in ({"at": at(before)}, {}, {"at": at(begins)})
    ]
    assert costs == [["1.0000", "2.0000"], ["5.0000", "2.0000"], ["5.0000", "9.0000"]]


def test_an_inactive_model_and_an_alias_can_be_compared(
    reader: Caller, model: AIModelConfig, other: AIModelConfig
) -> None:
    AIModelConfig.objects.filter(pk=other.pk).update(is_active=False)
    add_alias(model, f"{model.model_name}-2024-08-06")
    answer = ask(reader, f"{model.model_name}-2024-08-06", other.model_name, input_tokens=1)
    assert found(answer, "model_name") == [model.model_name, other.model_name]
    assert found(answer, "is_active") == [True, False]


def test_one_model_under_two_names_is_refused(reader: Caller, model: AIModelConfig) -> None:
    alias = f"{model.model_name}-2024-08-06"
    add_alias(model, alias)
    answer = ask(reader, model.model_name, alias, input_tokens=1)
    assert (answer.status, answer.code, answer.body["message"]) == (
        400,
        "invalid_request",
        f"models: '{model.model_name}' and '{alias}' are one model; name each model once",
    )


def test_a_model_that_is_not_there_is_404(reader: Caller, model: AIModelConfig) -> None:
    answer = ask(reader, "gpt-4o", "gpt-9", input_tokens=1)
    assert (answer.status, answer.code, answer.body["message"]) == (
        404,
        "not_found",
        "no model has the name or alias 'gpt-9'",
    )
    answer = ask(reader, "gpt-4o", model.model_name, input_tokens=1, at="2001-01-01T00:00:00Z")
    assert (answer.status, answer.body["message"]) == (
        404,
        "no prices of gpt-4o are recorded for 2001-01-01T00:00:00Z",
    )
    before = at(now())
    model.delete()
    answer = ask(reader, "gpt-4o", model.model_name, input_tokens=1, at=before)
    assert (answer.status, answer.body["message"]) == (
        404,
        f"{model.model_name} is deleted; ask …/ai/estimate/ what it cost",
    )


COUNT = "it must be a whole number from 0 to 1000000000000"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "models is missing; give 2 to 4 names, separated by commas"),
        ("models=&input_tokens=1", "models is missing; give 2 to 4 names, separated by commas"),
        ("models=a&input_tokens=1", "models has 1 name; it takes 2 to 4"),
        ("models=a,b,c,d,e&input_tokens=1", "models has 5 names; it takes 2 to 4"),
        ("models=a,a&input_tokens=1", "models has 'a' 2 times; name each model once"),
        (
            "models=a,&input_tokens=1",
            "models: '' is no model's name, which has 1 to 255 printable characters",
        ),
        (
            "models=a,b%00&input_tokens=1",
            "models: 'b\\x00' is no model's name, which has 1 to 255 printable characters",
        ),
        ("models=a&models=b&input_tokens=1", "models is given 2 times; give it once"),
        (
            "models=a,b",
            "the workload is empty; give at least one of input_tokens, output_tokens and images",
        ),
        ("models=a,b&input_tokens=-1", f"input_tokens is '-1'; {COUNT}"),
        ("models=a,b&output_tokens=1e3", f"output_tokens is '1e3'; {COUNT}"),
        ("models=a,b&images=2000000000000", f"images is 2000000000000; {COUNT}"),
        (
            "models=a,b&images=1&calls_a_month=0",
            "calls_a_month is 0; it must be a whole number from 1 to 1000000000000",
        ),
        (
            "models=a,b&images=1&calls_a_month=many",
            "calls_a_month is 'many'; it must be a whole number from 1 to 1000000000000",
        ),
        *(
            (
                f"models=a,b&input_tokens=1&cached_share={share}",
                f"cached_share is '{share}'; it must be a whole number of percent from 0 to 100",
            )
            for share in ("0.6", "-1", "101", "", "NaN", "9" * 20)
        ),
        (
            "models=a,b&images=1&image_size=%00",
            "image_size is '\\x00'; it must be at most 50 printable characters",
        ),
        (
            "models=a,b&images=1&at=tomorrow",
            "at is 'tomorrow'; it must be written like 2026-12-01T00:00:00Z",
        ),
        (
            "models=a,b&images=1&colour=red",
            "unknown filter: colour; filters: models, input_tokens, output_tokens, images, calls_a_month, cached_share,"
            " image_size, image_quality, at",
        ),
    ],
)
def test_a_question_that_is_not_understood_is_refused(reader: Caller, query: str, message: str) -> None:
    answer = reader.get(f"{COMPARE}?{query}")
    assert (answer.status, answer.code, answer.body["message"]) == (400, "invalid_request", message)


def test_a_quality_is_the_same_however_it_is_written(reader: Caller, model: AIModelConfig) -> None:
    add_rate(model, "images", "0.04", per=1)
    add_rate(model, "images", "0.08", per=1, image_quality="hd")
    for quality, usd in (("", "0.0400"), ("Standard", "0.0400"), ("HD", "0.0800")):
        answer = ask(reader, model.model_name, "gpt-4o", images=1, image_quality=quality)
        assert found(answer, "cost_usd") == [usd, None]


def test_a_key_may_ask_and_nobody_else_may(key: Caller, nobody: Caller) -> None:
    assert found(ask(key, "gpt-4o", "gpt-4.1", input_tokens=1_000_000), "cost_usd") == ["2.5000", "2.0000"]
    assert ask(nobody, "gpt-4o", "gpt-4.1", input_tokens=1).code == "not_authenticated"
