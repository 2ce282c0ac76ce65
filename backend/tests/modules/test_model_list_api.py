"""GET /api/v1/billing/ai/models/ answers as the document's sample, to a JWT or an API key."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from igny8_core.business.credits.api_keys import issue_key
from igny8_core.business.credits.models import Account, ApiKey

URL = "/api/v1/billing/ai/models/"


@pytest.fixture
def bearer(account: Account) -> dict[str, str]:
    return {"authorization": f"Bearer {issue_key(account=account, name='test')}"}


def get(url: str, headers: dict[str, str]) -> tuple[int, Any]:
    response = Client().get(url, headers=headers)
    return response.status_code, response.json()


def test_a_text_model_looks_as_the_document_shows_it(bearer: dict[str, str]) -> None:
    status, body = get(URL, bearer)
    assert status == 200
    assert body["success"] is True
    assert body["message"] == "AI models retrieved successfully"
    [mini] = [model for model in body["data"] if model["model_name"] == "gpt-4o-mini"]
    assert mini == {
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


def test_an_image_model_has_image_fields(bearer: dict[str, str]) -> None:
    _, body = get(URL + "dall-e-3/", bearer)
    assert body["data"]["cost_per_image"] == "0.0400"
    assert body["data"]["valid_sizes"] == ["1024x1024", "1024x1792", "1792x1024"]
    assert "input_cost_per_1m" not in body["data"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?provider=openai&type=image", ["dall-e-3", "dall-e-2"]),
        ("?default=true&type=text", ["gpt-4o-mini"]),
        ("?provider=nobody", []),
    ],
)
def test_filters(bearer: dict[str, str], query: str, names: list[str]) -> None:
    _, body = get(URL + query, bearer)
    assert [model["model_name"] for model in body["data"]] == names


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?colour=red", "unknown filter: colour; filters: type, provider, default"),
        ("?type=video", "type is 'video'; types: text, image"),
        ("?default=perhaps", "default is 'perhaps'; it must be true or false"),
    ],
)
def test_a_bad_filter_is_refused_with_what_is_allowed(
    bearer: dict[str, str], query: str, message: str
) -> None:
    status, body = get(URL + query, bearer)
    assert (status, body["success"], body["message"]) == (400, False, message)
    assert body["error"]["code"] == "invalid_request"


def test_a_model_that_is_not_there_is_404_with_the_names_that_are(bearer: dict[str, str]) -> None:
    status, body = get(URL + "gpt-9/", bearer)
    assert (status, body["error"]["code"]) == (404, "unknown_model")
    assert "gpt-4o" in body["error"]["details"]["available"]


@pytest.mark.parametrize("path", ["ai/models/%00/", "ai/models/?provider=%00", "no/such/page", "../v2/"])
def test_a_strange_address_is_answered_in_the_envelope(bearer: dict[str, str], path: str) -> None:
    status, body = get(f"/api/v1/billing/{path}", bearer)
    assert status in (200, 404)
    assert body["success"] is (status == 200)


def test_a_body_nested_too_deep_is_a_bad_request() -> None:
    response = Client().post("/api/v1/auth/token/", "[" * 100_000, content_type="application/json")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "parse_error")


def test_a_jwt_is_obtained_refreshed_and_accepted() -> None:
    get_user_model().objects.create_user(username="alice", password="a long passphrase")
    client = Client()
    login = {"username": "alice", "password": "a long passphrase"}
    tokens = client.post("/api/v1/auth/token/", login).json()["data"]
    renewed = client.post("/api/v1/auth/token/refresh/", {"refresh": tokens["refresh"]}).json()["data"]
    for access in (tokens["access"], renewed["access"]):
        assert get(URL, {"authorization": f"Bearer {access}"})[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer igny8_no-such-key"},
        {"authorization": "Bearer not.a.token"},
        {"authorization": "Bearer"},
        {"authorization": "Basic YTpi"},
    ],
)
def test_without_a_good_token_it_is_401_in_the_envelope(headers: dict[str, str]) -> None:
    status, body = get(URL, headers)
    assert (status, body["success"]) == (401, False)
    assert set(body["error"]) == {"code", "details"}


def test_a_revoked_key_is_refused(account: Account, bearer: dict[str, str]) -> None:
    ApiKey.objects.filter(account=account).update(revoked_at=timezone.now())
    assert get(URL, bearer)[0] == 401


def test_a_disabled_accounts_key_is_refused(account: Account, bearer: dict[str, str]) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert get(URL, bearer)[0] == 401
