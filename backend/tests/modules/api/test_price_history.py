"""GET …/ai/models/NAME/history/: what a model's prices have been, whoever changed them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from igny8_core.business.billing.models import AIModelConfig, AIProvider, PriceVersion
from igny8_core.modules.billing import recorded_prices
from tests.modules.api.caller import MODELS, Answer, Caller
from tests.modules.api.prices import HOUR, add_alias, add_rate, at, now


def ask(caller: Caller, name: str, **query: Any) -> Answer:
    return caller.get(f"{MODELS}{name}/history/{'?' if query else ''}{urlencode(query)}")


def inputs(answer: Answer) -> list[str | None]:
    assert answer.status == 200, answer.body
    return [version["input_cost_per_1m"] for version in answer.body["data"]]


def change(model: AIModelConfig, price: str) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(price))


def test_each_version_with_its_rates_and_their_sources_the_latest_first(
    reader: Caller, model: AIModelConfig
) -> None:
    begins = now() + HOUR
    add_rate(
        model,
        "input_tokens",
        "0.5",
        service_tier="flex",
        is_batch=None,
        above_input_tokens=200_000,
        valid_from=begins,
        valid_to=begins + HOUR,
        source_url="https://ai.example/prices",
        checked_on=date(2026, 11, 22),
        is_estimate=True,
    )
    answer = ask(reader, model.model_name)
    assert answer.status == 200
    assert list(answer.body) == ["success", "message", "data", "meta"]
    assert answer.body["message"] == "Price history retrieved successfully"
    assert answer.body["meta"] == {
        "model_name": model.model_name,
        "page": 1,
        "pages": 1,
        "page_size": 50,
        "count": 2,
    }
    recorded = list(PriceVersion.objects.filter(model_name=model.model_name).order_by("recorded_at"))
    first = {
        "recorded_at": at(recorded[0].recorded_at),
        "replaced_at": at(recorded[1].recorded_at),
        "is_deleted": False,
        "provider": model.provider_id,
        "input_cost_per_1m": "1.0000",
        "output_cost_per_1m": "10.0000",
        "cost_per_image": None,
        "rates": [],
    }
    rate = {
        "unit": "input_tokens",
        "amount": "0.5000",
        "per": 1_000_000,
        "condition": "flex tier, batch or not, above 200,000 input tokens",
        "is_estimate": True,
        "conditions": {
            "service_tier": "flex",
            "is_batch": None,
            "above_input_tokens": 200_000,
            "image_size": "",
            "image_quality": "",
        },
        "valid_from": at(begins),
        "valid_to": at(begins + HOUR),
        "source_url": "https://ai.example/prices",
        "checked_on": "2026-11-22",
    }
    latest = first | {"recorded_at": at(recorded[1].recorded_at), "replaced_at": None, "rates": [rate]}
    assert answer.body["data"] == [latest, first]


def test_an_edit_that_changes_no_price_is_no_version(reader: Caller, model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(sort_order=7)
    assert inputs(ask(reader, model.model_name)) == ["1.0000"]


def test_between_two_times_are_the_versions_that_were_in_force(reader: Caller, model: AIModelConfig) -> None:
    times = [at(now())]
    for price in ("2", "3", "4"):
        change(model, price)
        times.append(at(now()))
    name = model.model_name
    assert inputs(ask(reader, name)) == ["4.0000", "3.0000", "2.0000", "1.0000"]
    assert inputs(ask(reader, name, **{"from": times[1]})) == ["4.0000", "3.0000", "2.0000"]
    assert inputs(ask(reader, name, **{"from": times[1], "to": times[2]})) == ["3.0000", "2.0000"]
    assert inputs(ask(reader, name, to=times[0])) == ["1.0000"]
    assert inputs(ask(reader, name, **{"from": "2999-01-01T00:00:00Z"})) == ["4.0000"]
    none = ask(reader, name, to="2001-01-01T00:00:00Z")
    assert (inputs(none), none.body["meta"]["count"]) == ([], 0)
    assert none.body["meta"]["pages"] == 1
    (version,) = ask(reader, name, to=times[0]).body["data"]
    assert version["replaced_at"] is not None


def test_a_moment_at_which_prices_changed_has_the_new_ones(reader: Caller, model: AIModelConfig) -> None:
    change(model, "2")
    changed = at(PriceVersion.objects.filter(model_name=model.model_name).latest("recorded_at").recorded_at)
    assert inputs(ask(reader, model.model_name, **{"from": changed, "to": changed})) == ["2.0000"]


def test_pages(reader: Caller, model: AIModelConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_prices, "PAGE_SIZE", 2)
    for price in ("2", "3", "4", "5"):
        change(model, price)
    name = model.model_name
    pages = [ask(reader, name, page=page) for page in (1, 2, 3)]
    assert [inputs(page) for page in pages] == [["5.0000", "4.0000"], ["3.0000", "2.0000"], ["1.0000"]]
    assert pages[1].body["meta"] == {
        "model_name": model.model_name,
        "page": 2,
        "pages": 3,
        "page_size": 2,
        "count": 5,
    }
    assert pages[1].body["data"][0]["replaced_at"] == pages[0].body["data"][1]["recorded_at"]
    answer = ask(reader, name, page=4)
    assert (answer.status, answer.code, answer.body["message"]) == (
        400,
        "invalid_request",
        "page is 4; the last is 3",
    )


def test_the_number_of_queries_does_not_grow_with_the_versions(reader: Caller, model: AIModelConfig) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ask(reader, model.model_name).status == 200
        return len(queries)

    few = count()
    for price in range(2, 12):
        change(model, str(price))
    # Who asks, the version, the times, the page's first version and the page.
    assert [few, count()] == [5, 5]


def test_a_deleted_model_still_has_its_history(reader: Caller, model: AIModelConfig) -> None:
    model.delete()
    latest, first = ask(reader, model.model_name).body["data"]
    assert latest == {
        "recorded_at": first["replaced_at"],
        "replaced_at": None,
        "is_deleted": True,
        "provider": None,
        "input_cost_per_1m": None,
        "output_cost_per_1m": None,
        "cost_per_image": None,
        "rates": [],
    }
    assert first["input_cost_per_1m"] == "1.0000"


def test_an_inactive_model_has_its_history(reader: Caller, model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(is_active=False)
    assert inputs(ask(reader, model.model_name)) == ["1.0000"]


def test_an_alias_has_the_history_of_its_model_by_its_whole_name(
    reader: Caller, model: AIModelConfig
) -> None:
    alias = f"{model.model_name}-2024-08-06"
    add_alias(model, alias)
    change(model, "2")
    answer = ask(reader, alias)
    assert (inputs(answer), answer.body["meta"]["model_name"]) == (["2.0000", "1.0000"], model.model_name)
    assert answer.body == ask(reader, model.model_name).body
    for other in (f"{alias}-more", alias[:-1], alias.upper()):
        assert ask(reader, other).code == "unknown_model"


def test_a_name_that_was_a_models_has_that_models_history(
    reader: Caller, model: AIModelConfig, provider: AIProvider
) -> None:
    other = AIModelConfig.objects.create(
        model_name=f"{model.model_name}-b",
        model_type="text",
        provider=provider,
        input_cost_per_1m="7",
        output_cost_per_1m="7",
    )
    model.delete()
    add_alias(other, model.model_name)
    answer = ask(reader, model.model_name)
    assert (inputs(answer), answer.body["meta"]["model_name"]) == ([None, "1.0000"], model.model_name)


def test_a_name_that_never_was_a_model_is_404_with_those_that_are(reader: Caller) -> None:
    answer = ask(reader, "gpt-9")
    assert (answer.status, answer.code) == (404, "unknown_model")
    assert answer.details == {"model": "gpt-9", "model_type": "AI", "available": reader.get().names}


@pytest.mark.parametrize("name", ["%00", "%FF", "%F0%9F", "x" * 10_000])
def test_a_strange_name_is_404_in_the_envelope(reader: Caller, name: str) -> None:
    answer = ask(reader, name)
    assert (answer.status, answer.code) == (404, "unknown_model")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("from=yesterday", "from is 'yesterday'; it must be written like 2026-12-01T00:00:00Z"),
        (
            "to=2026-12-01T00:00:00",
            "to is '2026-12-01T00:00:00'; its time zone is missing; it must be written like 2026-12-01T00:00:00Z",
        ),
        (
            "from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z",
            "from is 2026-12-02T00:00:00Z, which is after to, 2026-12-01T00:00:00Z",
        ),
        (
            "to=9999-12-31T23:59:59Z",
            "to is '9999-12-31T23:59:59Z'; it must be between the years 2000 and 3000",
        ),
        ("page=0", "page is '0'; it must be a whole number from 1"),
        ("page=1.0", "page is '1.0'; it must be a whole number from 1"),
        ("page=9999999999", "page is '9999999999'; it must be a whole number from 1"),
        ("page=%00", "page is '\\x00'; it must be a whole number from 1"),
        ("page=1&page=2", "page is given 2 times; give it once"),
        ("at=2026-12-01T00:00:00Z", "unknown filter: at; filters: from, to, page"),
    ],
)
def test_a_question_that_is_not_understood_is_refused(reader: Caller, query: str, message: str) -> None:
    answer = reader.get(f"{MODELS}gpt-4o/history/?{query}")
    assert (answer.status, answer.code, answer.body["message"]) == (400, "invalid_request", message)


def test_it_is_304_until_a_price_changes(reader: Caller, model: AIModelConfig) -> None:
    url = f"{MODELS}{model.model_name}/history/"
    tag = reader.get(url).headers["ETag"]
    assert reader.get(url, if_none_match=tag).status == 304
    change(model, "2")
    again = reader.get(url, if_none_match=tag)
    assert (inputs(again), again.headers["ETag"] != tag) == (["2.0000", "1.0000"], True)


def test_nobody_is_told_without_credentials_and_nothing_is_changed_here(
    nobody: Caller, editor: Caller, model: AIModelConfig
) -> None:
    assert ask(nobody, model.model_name).code == "not_authenticated"
    answer = editor.send("PATCH", f"{MODELS}{model.model_name}/history/", '{"input_cost_per_1m": "2"}')
    assert (answer.status, answer.details) == (405, {"allowed": ["GET", "HEAD", "OPTIONS"]})
    model.refresh_from_db()
    assert model.input_cost_per_1m == Decimal(1)
