"""POST and GET …/ai/estimate/: what a stated usage costs with each model, as it would be charged, at any time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from igny8_core.ai.ai_core import AICore
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import Account, CreditUsageLog
from tests.callable_model import CallableModel
from tests.modules.api.caller import ESTIMATE, Answer, Caller
from tests.modules.api.prices import HOUR, add_alias, add_rate, at, now

MOST = 1_000_000_000_000


def costs(answer: Answer) -> list[str | None]:
    assert answer.status == 200, answer.body
    return [model["cost_usd"] for model in answer.body["data"]["models"]]


def ask(caller: Caller, *models: str, when: str | None = None, **usage: Any) -> Answer:
    body = {"models": list(models), "usage": usage}
    return caller.post(ESTIMATE, body if when is None else body | {"at": when})


def test_lines_and_their_total_with_the_card_that_was_asked(reader: Caller, model: AIModelConfig) -> None:
    add_rate(model, "cached_input_tokens", "0.1")
    answer = ask(reader, model.model_name, input_tokens=400, cached_input_tokens=600, output_tokens=7)
    assert answer.status == 200
    assert answer.body["message"] == "Costs estimated successfully"
    data = answer.body["data"]
    assert list(data) == ["as_of", "usage", "models"]
    assert data["usage"] == {"input_tokens": 400, "cached_input_tokens": 600, "output_tokens": 7}

    def rate(unit: str, amount: str) -> dict[str, Any]:
        return {"unit": unit, "amount": amount, "per": 1_000_000, "condition": "", "is_estimate": False}

    assert data["models"] == [
        {
            "model": model.model_name,
            "model_name": model.model_name,
            "is_active": True,
            "cost_usd": "0.00053",
            "lines": [
                {
                    "unit": "input_tokens",
                    "quantity": 400,
                    "amount_usd": "0.0004",
                    "rate": rate("input_tokens", "1.0000"),
                },
                {
                    "unit": "cached_input_tokens",
                    "quantity": 600,
                    "amount_usd": "0.00006",
                    "rate": rate("cached_input_tokens", "0.1000"),
                },
                {
                    "unit": "output_tokens",
                    "quantity": 7,
                    "amount_usd": "0.00007",
                    "rate": rate("output_tokens", "10.0000"),
                },
            ],
            "confidence": "exact",
            "card": str(AIModelConfig.objects.get(pk=model.pk).rate_card.id),
            "error": None,
        }
    ]


def test_one_bad_model_fails_no_other(reader: Caller, model: AIModelConfig) -> None:
    answer = ask(reader, "gpt-9", model.model_name, "dall-e-3", input_tokens=1000)
    unknown, known, unpriced = answer.body["data"]["models"]
    assert costs(answer) == [None, "0.0010", None]
    assert unknown == {
        "model": "gpt-9",
        "model_name": None,
        "is_active": False,
        "cost_usd": None,
        "lines": [],
        "confidence": None,
        "card": None,
        "error": {"code": "unknown_model", "message": "no model has the name or alias 'gpt-9'"},
    }
    assert known["error"] is None
    assert (unpriced["confidence"], unpriced["lines"]) == ("unpriced", [])
    assert unpriced["error"] == {
        "code": "unpriced_usage",
        "message": "dall-e-3 has no rate for 1000 input_tokens",
    }
    assert unpriced["card"] is not None


def test_a_price_of_zero_is_a_price(reader: Caller, model: AIModelConfig) -> None:
    add_rate(model, "images", "0", per=1)
    assert costs(ask(reader, model.model_name, images=3)) == ["0.0000"]
    assert costs(ask(reader, model.model_name, input_tokens=0)) == ["0.0000"]


def test_an_estimated_rate_is_marked(reader: Caller, model: AIModelConfig) -> None:
    add_rate(model, "web_searches", "10", per=1000, is_estimate=True)
    (found,) = ask(reader, model.model_name, web_searches=3).body["data"]["models"]
    assert (found["cost_usd"], found["confidence"], found["lines"][0]["rate"]["is_estimate"]) == (
        "0.0300",
        "estimated",
        True,
    )


def test_the_tier_decides(reader: Caller, model: AIModelConfig) -> None:
    add_rate(model, "input_tokens", "0.5", service_tier="flex")
    assert costs(ask(reader, model.model_name, input_tokens=1000, service_tier="flex")) == ["0.0005"]
    (found,) = ask(reader, model.model_name, input_tokens=1000, service_tier="gold").body["data"]["models"]
    assert (found["cost_usd"], found["error"]["message"]) == (
        None,
        f"{model.model_name} has no rate for 1000 input_tokens with service_tier 'gold'",
    )


@pytest.mark.parametrize("name", ["flex", "FLEX", "Flex"])
def test_a_tier_is_the_same_however_it_is_written(reader: Caller, model: AIModelConfig, name: str) -> None:
    add_rate(model, "input_tokens", "0.5", service_tier="flex")
    answer = ask(reader, model.model_name, input_tokens=1000, service_tier=name)
    assert costs(answer) == ["0.0005"]
    assert answer.body["data"]["usage"] == {"input_tokens": 1000, "service_tier": "flex"}


@pytest.mark.parametrize("name", ["", "default", "standard", "Standard"])
def test_the_standard_tier_has_several_names(reader: Caller, model: AIModelConfig, name: str) -> None:
    answer = ask(reader, model.model_name, input_tokens=1000, service_tier=name)
    assert costs(answer) == ["0.0010"]
    assert answer.body["data"]["usage"] == {"input_tokens": 1000}


def test_the_tier_of_a_call_is_written_as_in_an_estimate(
    reader: Caller, account: Account, text_model: CallableModel
) -> None:
    add_rate(text_model.config, "input_tokens", "30", service_tier="priority")
    add_rate(text_model.config, "output_tokens", "60", service_tier="priority")
    text_model.script(
        {"usage": {"prompt_tokens": 100, "completion_tokens": 10}, "reply": {"service_tier": "priority"}}
    )
    result = AICore(account=account).run_ai_request(
        prompt="Hi", model=text_model.name, max_tokens=100, service_tier="PRIORITY"
    )
    assert result.cost == Decimal("0.0036")
    answer = ask(reader, text_model.name, input_tokens=100, output_tokens=10, service_tier="PRIORITY")
    assert costs(answer) == ["0.0036"]


def test_an_image_of_a_size_that_the_model_does_not_list_has_no_price(reader: Caller) -> None:
    answer = ask(reader, "dall-e-3", images=1, image_size="abc")
    (found,) = answer.body["data"]["models"]
    assert (found["cost_usd"], found["lines"], found["confidence"]) == (None, [], None)
    assert found["error"] == {
        "code": "invalid_image_size",
        "message": "size 'abc' is not valid for dall-e-3; valid sizes: 1024x1024, 1024x1792, 1792x1024",
    }
    assert costs(ask(reader, "dall-e-3", images=1, image_size="1024x1792")) == ["0.0400"]


def test_a_call_is_counted_where_it_is_billed_unless_the_caller_counts(
    reader: Caller, model: AIModelConfig
) -> None:
    add_rate(model, "requests", "0.01", per=1)
    assert costs(ask(reader, model.model_name, input_tokens=1000)) == ["0.0110"]
    assert costs(ask(reader, model.model_name, input_tokens=1000, requests=5)) == ["0.0510"]


def test_an_alias_is_its_model_by_its_whole_name(reader: Caller, model: AIModelConfig) -> None:
    alias = f"{model.model_name}-2024-08-06"
    add_alias(model, alias)
    answer = ask(reader, alias, f"{alias}-more", input_tokens=1000)
    assert costs(answer) == ["0.0010", None]
    assert [found["model_name"] for found in answer.body["data"]["models"]] == [model.model_name, None]


def test_an_inactive_model_is_priced_and_marked(reader: Caller, model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(is_active=False)
    (found,) = ask(reader, model.model_name, input_tokens=1000).body["data"]["models"]
    assert (found["is_active"], found["cost_usd"]) == (False, "0.0010")


def test_a_past_time_has_the_prices_that_were_charged_then(reader: Caller, model: AIModelConfig) -> None:
    before = now()
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(2))
    assert costs(ask(reader, model.model_name, input_tokens=1000)) == ["0.0020"]
    answer = ask(reader, model.model_name, when=at(before), input_tokens=1000)
    assert (costs(answer), answer.body["data"]["as_of"]) == (["0.0010"], at(before))


def test_a_rate_that_was_entered_later_reaches_back_to_no_time_before_it(
    reader: Caller, model: AIModelConfig
) -> None:
    before = now()
    add_rate(model, "input_tokens", "5", valid_from=before - HOUR)
    assert costs(ask(reader, model.model_name, when=at(before), input_tokens=1000)) == ["0.0010"]
    assert costs(ask(reader, model.model_name, when=at(now()), input_tokens=1000)) == ["0.0050"]


def test_a_time_to_come_has_what_is_scheduled(reader: Caller, model: AIModelConfig) -> None:
    begins = now() + HOUR
    add_rate(model, "input_tokens", "3", valid_from=begins, valid_to=begins + HOUR)
    times = [begins - HOUR / 3600_000_000, begins, begins + HOUR]
    found = [costs(ask(reader, model.model_name, when=at(time), input_tokens=1000)) for time in times]
    assert found == [["0.0010"], ["0.0030"], ["0.0010"]]


def test_a_deleted_model_is_known_at_the_time_when_it_was_there(reader: Caller, model: AIModelConfig) -> None:
    before = now()
    model.delete()
    (then,) = ask(reader, model.model_name, when=at(before), input_tokens=1000).body["data"]["models"]
    assert (then["cost_usd"], then["is_active"], then["model_name"]) == ("0.0010", False, model.model_name)
    assert costs(ask(reader, model.model_name, input_tokens=1000)) == [None]


def test_before_a_model_was_there_it_has_no_price(reader: Caller, model: AIModelConfig) -> None:
    (found,) = ask(reader, model.model_name, when="2001-01-01T00:00:00Z", input_tokens=1).body["data"][
        "models"
    ]
    assert (found["cost_usd"], found["card"], found["error"]) == (
        None,
        None,
        {
            "code": "unknown_model",
            "message": f"no prices of {model.model_name} are recorded for 2001-01-01T00:00:00Z",
        },
    )


def test_a_name_that_was_a_models_then_is_that_model_whose_alias_it_is_now(
    reader: Caller, model: AIModelConfig, provider: Any
) -> None:
    other = AIModelConfig.objects.create(
        model_name=f"{model.model_name}-b",
        model_type="text",
        provider=provider,
        input_cost_per_1m="7",
        output_cost_per_1m="7",
    )
    before = now()
    model.delete()
    after = now()
    add_alias(other, model.model_name)
    found = [
        costs(ask(reader, model.model_name, when=when, input_tokens=1000))
        for when in (at(before), at(after), None)
    ]
    assert found == [["0.0010"], ["0.0070"], ["0.0070"]]


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 1001, "completion_tokens": 333},
        {
            "prompt_tokens": 1000,
            "completion_tokens": 500,
            "prompt_tokens_details": {"cached_tokens": 600},
            "completion_tokens_details": {"reasoning_tokens": 123},
        },
    ],
)
def test_it_says_what_a_call_of_the_same_usage_is_charged(
    reader: Caller, account: Account, text_model: CallableModel, usage: dict[str, Any]
) -> None:
    add_rate(text_model.config, "cached_input_tokens", "0.123456789012")
    add_rate(text_model.config, "requests", "0.000000000001", per=1)
    text_model.script({"usage": usage})
    result = AICore(account=account).run_ai_request(prompt="Hi", model=text_model.name, max_tokens=1000)
    row = CreditUsageLog.objects.get(account=account)
    charged = dict(row.usage)
    charged.pop("requests")
    answer = ask(reader, text_model.name, **charged)
    (found,) = answer.body["data"]["models"]
    assert Decimal(found["cost_usd"]) == result.cost == row.cost_usd
    assert found["card"] == str(row.card_id)
    assert sum(Decimal(line["amount_usd"]) for line in found["lines"]) == Decimal(found["cost_usd"])


def test_it_is_what_calculate_cost_says(reader: Caller, account: Account) -> None:
    cost = AICore(account=account).calculate_cost("gpt-4o-mini", 12_345, 678)
    assert costs(ask(reader, "gpt-4o-mini", input_tokens=12_345, output_tokens=678)) == [f"{cost:f}"]


def test_the_largest_counts_keep_every_digit(reader: Caller, model: AIModelConfig) -> None:
    add_rate(model, "images", "999999.999999999999", per=1)
    assert costs(ask(reader, model.model_name, images=MOST)) == ["999999999999999999.0000"]
    assert costs(ask(reader, model.model_name, images=MOST - 1)) == ["999999999998999999.000000000001"]


def test_one_model_may_be_asked_about_in_an_address(reader: Caller, model: AIModelConfig) -> None:
    begins = now() + HOUR
    add_rate(model, "input_tokens", "0.5", is_batch=True, valid_from=begins)
    query = {"model": model.model_name, "input_tokens": "1000", "is_batch": "true", "at": at(begins)}
    answer = reader.get(f"{ESTIMATE}?{urlencode(query)}")
    body = {
        "model": model.model_name,
        "usage": {"input_tokens": 1000, "is_batch": True},
        "at": at(begins),
    }
    assert answer.body == reader.post(ESTIMATE, body).body
    assert costs(answer) == ["0.0005"]


def test_twenty_models_ask_the_database_no_more_often_than_one(reader: Caller, model: AIModelConfig) -> None:
    before = at(now())
    names = [model.model_name, *(f"{model.model_name}-{number}" for number in range(19))]
    counts = []
    for models in (names[:1], names):
        with CaptureQueriesContext(connection) as queries:
            assert ask(reader, *models, when=before, input_tokens=1).status == 200
        counts.append(len(queries))
    # Who asks, and the recorded prices; the catalogue is read on a connection of its own.
    assert counts == [2, 2]


def test_a_key_may_ask_and_nobody_else_may(key: Caller, nobody: Caller, model: AIModelConfig) -> None:
    assert costs(ask(key, model.model_name, input_tokens=1000)) == ["0.0010"]
    assert ask(nobody, model.model_name, input_tokens=1000).code == "not_authenticated"


def test_an_offset_is_a_time_zone(reader: Caller, model: AIModelConfig) -> None:
    query = urlencode({"model": model.model_name, "input_tokens": 1, "at": "2099-12-01T01:00:00+01:00"})
    assert reader.get(f"{ESTIMATE}?{query}").body["data"]["as_of"] == "2099-12-01T00:00:00Z"


def test_a_question_is_not_written_down(reader: Caller, model: AIModelConfig) -> None:
    before = CreditUsageLog.objects.count()
    ask(reader, model.model_name, input_tokens=1000)
    assert CreditUsageLog.objects.count() == before
