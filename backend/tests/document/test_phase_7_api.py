"""Phase 7: REST API Endpoint. Refusals, caching, tokens and throttling have files of their own in tests/modules/api."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import resolve

from igny8_core.modules.billing.serializers import AIModelConfigSerializer
from igny8_core.modules.billing.views import AIModelConfigViewSet

URL = "/api/v1/billing/ai/models/"


@pytest.fixture
def token() -> Any:
    """The access token of a user, obtained as a frontend does."""
    user = get_user_model().objects.create_user(username="reader", password="of the price list")
    answer = Client().post("/api/v1/auth/token/", {"username": "reader", "password": "of the price list"})
    yield answer.json()["data"]["access"]
    user.delete()


def get(token: str, url: str) -> Any:
    response = Client().get(url, headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 200
    return response.json()


def names(answer: Any) -> list[str]:
    return [model["model_name"] for model in answer["data"]]


def test_serializer_viewset_and_urls() -> None:
    """Serializer: `modules/billing/serializers.py`; ViewSet: `modules/billing/views.py`; URLs: here
    `modules/billing/urls.py`, because the room `business` knows no HTTP."""
    assert resolve(URL).func.cls is AIModelConfigViewSet
    assert AIModelConfigViewSet.serializer_class is AIModelConfigSerializer
    assert import_module("igny8_core.modules.billing.urls").urlpatterns


def test_list_models(token: str) -> None:
    """`GET /api/v1/billing/ai/models/`: the active ones, by type and sort order."""
    assert names(get(token, URL)) == [
        *("gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-5.1", "gpt-5.2"),
        *("dall-e-3", "dall-e-2"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?type=text", ["gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-5.1", "gpt-5.2"]),
        ("?type=image", ["dall-e-3", "dall-e-2"]),
        (
            "?provider=openai",
            ["gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-5.1", "gpt-5.2", "dall-e-3", "dall-e-2"],
        ),
        ("?default=true", ["gpt-4o-mini", "dall-e-3"]),
    ],
)
def test_list_models_with_a_filter(token: str, query: str, expected: list[str]) -> None:
    """`?type=text`, `?type=image`, `?provider=openai`, `?default=true`."""
    assert names(get(token, URL + query)) == expected


def test_get_single_model(token: str) -> None:
    """`GET /api/v1/billing/ai/models/gpt-4o-mini/`."""
    answer = get(token, f"{URL}gpt-4o-mini/")
    assert answer["success"] is True
    assert answer["data"]["model_name"] == "gpt-4o-mini"


def test_response_format(token: str) -> None:
    """Response Format: the sample, key by key and in its order."""
    answer = get(token, f"{URL}?type=text&default=true")
    assert answer == {
        "success": True,
        "message": "AI models retrieved successfully",
        "data": [
            {
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
        ],
    }
    assert list(answer) == ["success", "message", "data"]
    assert list(answer["data"][0]) == [
        *("model_name", "display_name", "model_type", "provider"),
        *("input_cost_per_1m", "output_cost_per_1m", "context_window", "max_output_tokens"),
        *("supports_json_mode", "supports_vision", "is_default", "sort_order", "pricing_display"),
    ]


def test_an_image_model_has_the_image_fields(token: str) -> None:
    """Besides the sample: an image model's fields."""
    assert get(token, f"{URL}?type=image&default=true")["data"][0] == {
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


def test_authentication_required_jwt() -> None:
    """Authentication: Required (JWT)."""
    for headers in ({}, {"authorization": "Bearer nonsense"}):
        answer = Client().get(URL, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["success"] is False
        assert "data" not in answer.json()
