"""GET …/ai/models/ and …/ai/models/NAME/ answer as the document's sample, to a JWT, an API key and a browser."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from tests.modules.api.caller import MODELS, Caller

MINI = {
    "model_name": "gpt-4o-mini",
    "display_name": "GPT-4o mini - Fast & Affordable",
    "model_type": "text",
    "provider": "openai",
    "input_cost_per_1m": "0.1500",
    "output_cost_per_1m": "0.6000",
    "context_window": 128000,
    "max_output_tokens": 16000,
    "supports_json_mode": True,
    "supports_vision": False,
    "is_default": True,
    "sort_order": 1,
    "pricing_display": "$0.1500/$0.6000 per 1M",
}
TEXT = ["gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-5.1", "gpt-5.2"]
IMAGE = ["dall-e-3", "dall-e-2"]


def test_a_text_model_looks_as_the_document_shows_it(reader: Caller) -> None:
    answer = reader.get(f"{MODELS}?type=text&default=true")
    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "message": "AI models retrieved successfully",
        "data": [MINI],
    }
    assert list(answer.body) == ["success", "message", "data"]
    assert list(answer.body["data"][0]) == list(MINI)


def test_one_model_is_the_same_object_and_has_its_rates(reader: Caller) -> None:
    answer = reader.get(f"{MODELS}gpt-4o-mini/")
    detail = answer.body["data"]
    assert answer.body == {"success": True, "message": "AI model retrieved successfully", "data": detail}
    assert list(detail) == [*MINI, "pricing", "rates", "aliases"]
    assert {name: detail[name] for name in MINI} == MINI


def test_an_image_model_has_image_fields_in_place_of_token_fields(key: Caller) -> None:
    (data,) = key.get(f"{MODELS}?type=image&default=true").body["data"]
    assert data == {
        "model_name": "dall-e-3",
        "display_name": "DALL-E 3",
        "model_type": "image",
        "provider": "openai",
        "cost_per_image": "0.0400",
        "valid_sizes": ["1024x1024", "1024x1792", "1792x1024"],
        "supports_json_mode": False,
        "supports_vision": False,
        "is_default": True,
        "sort_order": 1,
        "pricing_display": "$0.0400/image",
    }
    detail = key.get(f"{MODELS}dall-e-3/").body["data"]
    assert list(detail) == [*data, "pricing", "rates", "aliases"]
    assert {name: detail[name] for name in data} == data


def test_text_comes_before_image_and_each_by_sort_order(reader: Caller) -> None:
    assert reader.get().names == [*TEXT, *IMAGE]


def test_a_tiny_price_keeps_every_digit(reader: Caller, model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal("0.00000002"))
    data = reader.get(f"{MODELS}{model.model_name}/").body["data"]
    assert data["input_cost_per_1m"] == "0.00000002"
    assert data["pricing_display"] == "$0.00000002/$10.0000 per 1M"
    assert (data["context_window"], data["max_output_tokens"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?type=text", TEXT),
        ("?type=image", IMAGE),
        ("?provider=openai", [*TEXT, *IMAGE]),
        ("?provider=openai&type=image", IMAGE),
        ("?default=true", ["gpt-4o-mini", "dall-e-3"]),
        ("?default=false&type=image", ["dall-e-2"]),
        ("?active=true&default=true", ["gpt-4o-mini", "dall-e-3"]),
        ("?", [*TEXT, *IMAGE]),
    ],
)
def test_filters(reader: Caller, query: str, names: list[str]) -> None:
    assert reader.get(MODELS + query).names == names


def test_no_match_is_a_success_with_nothing(reader: Caller, provider: AIProvider) -> None:
    answer = reader.get(f"{MODELS}?provider={provider.slug}")
    assert (answer.status, answer.body["success"], answer.body["data"]) == (200, True, [])


@pytest.mark.parametrize(
    "name",
    ["meta-llama/Llama-3", "a/b/c", "modèle 3.5 ünïcode", "50%", "a+b&c=d?e#f", "ai/models/x", "日本/語"],
)
def test_a_name_of_any_letters_has_an_address(reader: Caller, provider: AIProvider, name: str) -> None:
    AIModelConfig.objects.create(
        model_name=name, model_type="image", provider=provider, cost_per_image=Decimal("0.1")
    )
    for spelled in (quote(name, safe=""), quote(name)):
        answer = reader.get(f"{MODELS}{spelled}/")
        assert (answer.status, answer.body["data"]["model_name"]) == (200, name)


def test_the_number_of_queries_does_not_grow_with_the_models(
    reader: Caller, provider: AIProvider, key: Caller
) -> None:
    def count(caller: Caller, url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert caller.get(url).status == 200
        return len(queries)

    for number in range(20):
        AIModelConfig.objects.create(
            model_name=f"{provider.slug}-{number}",
            model_type="image",
            provider=provider,
            cost_per_image=Decimal(1),
        )
    # Who asks, the version, the rows; a provider filter also asks which providers there are. The catalogue is read on a
    # connection of its own.
    assert [count(caller, MODELS) for caller in (reader, key)] == [3, 3]
    assert count(reader, f"{MODELS}?provider={provider.slug}") == 4
    # And the rates and aliases.
    assert count(reader, f"{MODELS}gpt-4o/") == 5


def test_a_browser_that_is_logged_in_can_fetch(nobody: Caller, alice: User) -> None:
    nobody.client.force_login(alice)
    answer = nobody.get(f"{MODELS}?type=text")
    assert (answer.status, answer.names) == (200, TEXT)
