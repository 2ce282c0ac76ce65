"""`?at=TIME` on models: the prices charged at that time. Without it, now; and no answer shows another price than is charged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.credits.models import CatalogueVersion
from igny8_core.modules.billing import views
from igny8_core.modules.billing.moment import Moment, read_moment
from tests.modules.api.caller import COMPARE, ESTIMATE, MODELS, Answer, Caller
from tests.modules.api.prices import HOUR, add_alias, add_rate, at, now


def one(caller: Caller, model: AIModelConfig, **query: str) -> Answer:
    return caller.get(f"{MODELS}{model.model_name}/?{urlencode(query)}")


def listed(caller: Caller, model: AIModelConfig, **query: str) -> Any:
    answer = caller.get(f"{MODELS}?{urlencode({'provider': model.provider_id} | query)}")
    return answer.body["data"]


def prices(data: Any) -> dict[str, str]:
    return {rate["unit"]: rate["amount"] for rate in data["pricing"]["prices"]}


def test_a_model_in_detail_has_what_is_charged_and_every_rate(reader: Caller, model: AIModelConfig) -> None:
    begins = now() + HOUR
    add_rate(model, "cached_input_tokens", "0.1", source_url="https://ai.example/prices")
    add_rate(model, "input_tokens", "0.5", valid_from=begins)
    add_alias(model, f"{model.model_name}-2024-08-06")
    data = one(reader, model).body["data"]
    assert list(data)[-3:] == ["pricing", "rates", "aliases"]
    standard = {"per": 1_000_000, "condition": "", "is_estimate": False}
    assert data["pricing"] == {
        "card": str(AIModelConfig.objects.get(pk=model.pk).rate_card.id),
        "valid_from": None,
        "valid_to": at(begins),
        "prices": [
            {"unit": "input_tokens", "amount": "1.0000"} | standard,
            {"unit": "cached_input_tokens", "amount": "0.1000"} | standard,
            {"unit": "output_tokens", "amount": "10.0000"} | standard,
        ],
    }
    conditions = {
        "service_tier": "",
        "is_batch": False,
        "above_input_tokens": 0,
        "image_size": "",
        "image_quality": "",
    }
    always = {"conditions": conditions, "valid_from": None, "valid_to": None, "checked_on": None}
    assert data["rates"] == [
        {"unit": "cached_input_tokens", "amount": "0.1000"}
        | standard
        | always
        | {"source_url": "https://ai.example/prices"},
        {"unit": "input_tokens", "amount": "0.5000"}
        | standard
        | always
        | {"source_url": "", "valid_from": at(begins)},
    ]
    assert data["aliases"] == [f"{model.model_name}-2024-08-06"]


def test_an_alias_is_its_model_by_its_whole_name(reader: Caller, model: AIModelConfig) -> None:
    alias = f"{model.model_name}-2024-08-06"
    before = now()
    add_alias(model, alias)
    for query in ("", f"?at={at(before)}"):
        answer = reader.get(f"{MODELS}{alias}/{query}")
        assert (answer.status, answer.body["data"]["model_name"]) == (200, model.model_name)
        assert answer.body == reader.get(f"{MODELS}{model.model_name}/{query}").body
    for other in (f"{alias}-more", alias[:-1], alias.upper()):
        assert reader.get(f"{MODELS}{other}/").code == "unknown_model"


def test_an_answer_under_an_alias_holds_until_the_alias_is_another_models(
    reader: Caller, model: AIModelConfig
) -> None:
    url = f"{MODELS}{model.model_name}-2024-08-06/"
    alias = add_alias(model, f"{model.model_name}-2024-08-06")
    tag = reader.get(url).headers["ETag"]
    assert reader.get(url, if_none_match=tag).status == 304
    alias.delete()
    assert reader.get(url, if_none_match=tag).code == "unknown_model"


def test_the_alias_of_an_inactive_model_shows_it_to_nobody_else(
    reader: Caller, viewer: Caller, model: AIModelConfig
) -> None:
    add_alias(model, f"{model.model_name}-2024-08-06")
    AIModelConfig.objects.filter(pk=model.pk).update(is_active=False)
    url = f"{MODELS}{model.model_name}-2024-08-06/"
    assert reader.get(url).code == "unknown_model"
    assert viewer.get(f"{url}?active=any").body["data"]["model_name"] == model.model_name


def test_where_a_rate_takes_a_base_prices_place_the_list_says_what_is_charged(
    reader: Caller, model: AIModelConfig
) -> None:
    (data,) = listed(reader, model)
    assert "pricing" not in data
    add_rate(model, "input_tokens", "0.5")
    (data,) = listed(reader, model)
    # The base price is what is stored, and edited.
    assert data["input_cost_per_1m"] == "1.0000"
    assert data["pricing_display"] == "$0.5000/$10.0000 per 1M"
    assert prices(data) == {"input_tokens": "0.5000", "output_tokens": "10.0000"}
    assert "rates" not in data


def test_a_past_time_has_the_prices_of_then(reader: Caller, model: AIModelConfig) -> None:
    rate = add_rate(model, "cached_input_tokens", "0.1")
    before = now()
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(2))
    rate.delete()
    data = one(reader, model, at=at(before)).body["data"]
    assert (data["input_cost_per_1m"], data["pricing_display"]) == ("1.0000", "$1.0000/$10.0000 per 1M")
    assert prices(data) == {
        "input_tokens": "1.0000",
        "cached_input_tokens": "0.1000",
        "output_tokens": "10.0000",
    }
    assert [rate["unit"] for rate in data["rates"]] == ["cached_input_tokens"]
    (listed_then,) = listed(reader, model, at=at(before))
    assert listed_then["pricing"] == data["pricing"]
    assert listed_then["input_cost_per_1m"] == "1.0000"
    now_data = one(reader, model).body["data"]
    assert (now_data["input_cost_per_1m"], now_data["rates"]) == ("2.0000", [])


def test_a_time_to_come_has_what_is_scheduled(reader: Caller, model: AIModelConfig) -> None:
    begins = now() + HOUR
    add_rate(model, "input_tokens", "0.5", valid_from=begins, valid_to=begins + HOUR)
    data = one(reader, model, at=at(begins)).body["data"]
    assert (data["input_cost_per_1m"], data["pricing_display"]) == ("1.0000", "$0.5000/$10.0000 per 1M")
    assert (data["pricing"]["valid_from"], data["pricing"]["valid_to"]) == (at(begins), at(begins + HOUR))
    assert prices(one(reader, model, at=at(begins + HOUR)).body["data"])["input_tokens"] == "1.0000"
    assert prices(listed(reader, model, at=at(begins))[0])["input_tokens"] == "0.5000"


def test_a_model_that_was_not_there_yet_is_left_out_and_has_no_page(
    reader: Caller, model: AIModelConfig
) -> None:
    then = "2001-01-01T00:00:00Z"
    assert listed(reader, model, at=then) == []
    answer = one(reader, model, at=then)
    assert (answer.status, answer.code, answer.body["message"]) == (
        404,
        "not_found",
        f"no prices of {model.model_name} are recorded for {then}",
    )


def test_the_number_of_queries_does_not_grow_with_models_and_rates(
    reader: Caller, provider: AIProvider, model: AIModelConfig
) -> None:
    def counts() -> list[int]:
        found = []
        for query in ("", f"?at={then}", "?at=2999-01-01T00:00:00Z"):
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(MODELS + query).status == 200
            found.append(len(queries))
        return found

    then = at(now())
    few = counts()
    for number in range(10):
        other = AIModelConfig.objects.create(
            model_name=f"{provider.slug}-{number}",
            model_type="image",
            provider=provider,
            cost_per_image="1",
        )
        add_rate(other, "requests", "1", per=1)
    then = at(now())
    # Who asks, the version, the models; and what was recorded of the past.
    assert [few, counts()] == [[3, 4, 3], [3, 4, 3]]


@pytest.mark.parametrize("url", [MODELS, f"{MODELS}gpt-4o/"])
def test_a_scheduled_price_has_another_tag_though_nobody_edits(
    reader: Caller, model: AIModelConfig, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = now() + HOUR
    add_rate(model, "input_tokens", "0.5", valid_from=begins)
    tag = reader.get(url).headers["ETag"]
    assert reader.get(url, if_none_match=tag).status == 304
    moment = read_moment()
    later = Moment(moment.version, begins, begins)
    monkeypatch.setattr(views, "read_moment", lambda: later)
    assert reader.get(url, if_none_match=tag).status == 200


def test_the_moment_knows_the_last_change_that_was_scheduled(model: AIModelConfig) -> None:
    time = now()
    add_rate(model, "input_tokens", "0.5", valid_from=time - HOUR, valid_to=time + HOUR)
    moment = read_moment()
    assert (moment.changed, moment.version) == (time - HOUR, CatalogueVersion.objects.get().version)
    assert time < moment.now < time + HOUR


@pytest.mark.parametrize("url", [MODELS, f"{MODELS}gpt-4o/"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "at is ''; it must be written like 2026-12-01T00:00:00Z"),
        ("now", "at is 'now'; it must be written like 2026-12-01T00:00:00Z"),
        (
            "2026-12-01T00:00",
            "at is '2026-12-01T00:00'; its time zone is missing; it must be written like 2026-12-01T00:00:00Z",
        ),
        ("%00", "at is '\\x00'; it must be written like 2026-12-01T00:00:00Z"),
        (
            "0000-00-00T00:00Z",
            "at is '0000-00-00T00:00Z'; there is no such time; it must be written like 2026-12-01T00:00:00Z",
        ),
        ("1970-01-01T00:00:00Z", "at is '1970-01-01T00:00:00Z'; it must be between the years 2000 and 3000"),
    ],
)
def test_a_time_that_is_none_is_refused(reader: Caller, url: str, value: str, message: str) -> None:
    answer = reader.get(f"{url}?at={value}")
    assert (answer.status, answer.code, answer.body["message"]) == (400, "invalid_request", message)
    assert answer.details["parameter"] == "at"


NO_EFFECT = (
    "The new input price would have no effect: calls are charged “$0.50 per 1M input tokens” instead."
    " Change that rate; nothing was changed."
)


def test_a_base_price_that_nobody_is_charged_is_not_edited(editor: Caller, model: AIModelConfig) -> None:
    add_rate(model, "input_tokens", "0.5")
    version = CatalogueVersion.objects.get().version
    answer = editor.patch(model.model_name, {"input_cost_per_1m": "1.5", "sort_order": 3})
    assert (answer.status, answer.code, answer.body["message"]) == (409, "edit_refused", NO_EFFECT)
    assert answer.details == {"problems": {"input_cost_per_1m": [NO_EFFECT]}}
    model.refresh_from_db()
    assert (model.input_cost_per_1m, model.sort_order) == (Decimal(1), 0)
    assert CatalogueVersion.objects.get().version == version


def test_saying_the_base_price_that_is_stored_is_no_edit_of_it(editor: Caller, model: AIModelConfig) -> None:
    add_rate(model, "input_tokens", "0.5")
    answer = editor.patch(
        model.model_name, {"input_cost_per_1m": "1.0000", "output_cost_per_1m": "11", "sort_order": 3}
    )
    assert (answer.status, answer.body["data"]["pricing_display"]) == (200, "$0.5000/$11.0000 per 1M")


def test_a_base_price_that_is_charged_when_a_rate_ends_can_be_edited(
    editor: Caller, model: AIModelConfig
) -> None:
    ends = now() + HOUR
    add_rate(model, "input_tokens", "0.5", valid_to=ends)
    assert editor.patch(model.model_name, {"input_cost_per_1m": "1.5"}).status == 200
    assert prices(one(editor, model, at=at(ends)).body["data"])["input_tokens"] == "1.5000"


def test_rolled_back_the_questions_about_prices_say_so(reader: Caller, alice: User) -> None:
    """A call is then priced from the constants, which have no times and no conditions."""
    del alice
    body = {"model": "gpt-4o", "usage": {"input_tokens": 1}}
    with connection.cursor() as cursor:
        for table in ("billing_aimodelconfig", "billing_modelrate", "billing_priceversion"):
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            # Another version: a catalogue that was read before is not asked.
            cursor.execute("UPDATE credits_catalogueversion SET version = gen_random_uuid()")
            answers = [
                reader.get(),
                reader.get(f"{MODELS}gpt-4o/"),
                reader.get(f"{MODELS}?at=2999-01-01T00:00:00Z"),
                reader.get(f"{MODELS}gpt-4o/history/"),
                reader.post(ESTIMATE, body),
                reader.get(f"{ESTIMATE}?model=gpt-4o&input_tokens=1"),
                reader.get(f"{COMPARE}?models=gpt-4o,gpt-4.1&input_tokens=1"),
            ]
        finally:
            for table in ("billing_aimodelconfig", "billing_modelrate", "billing_priceversion"):
                cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
            cursor.execute("UPDATE credits_catalogueversion SET version = gen_random_uuid()")
    assert [(answer.status, answer.code) for answer in answers] == [(503, "tables_missing")] * 7
    assert reader.post(ESTIMATE, body).status == 200
