"""Inactive models are not listed unless an administrator asks."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from tests.modules.api.caller import MODELS, Caller

INACTIVE = ["gpt-image-1", "gpt-image-1-mini"]


def test_they_are_neither_listed_nor_shown(reader: Caller, viewer: Caller) -> None:
    for caller in (reader, viewer):
        assert not set(INACTIVE) & set(caller.get().names)
        answer = caller.get(f"{MODELS}gpt-image-1/")
        assert (answer.status, answer.code) == (404, "unknown_model")
        assert not set(INACTIVE) & set(answer.details["available"])


def test_a_provider_that_is_inactive_takes_its_models_away(
    reader: Caller, viewer: Caller, model: AIModelConfig, provider: AIProvider
) -> None:
    url = f"{MODELS}{model.model_name}/"
    assert reader.get(url).status == 200
    provider.is_active = False
    provider.save()
    assert reader.get(url).status == 404
    assert reader.get(f"{MODELS}?provider={provider.slug}").names == []
    data = viewer.get(f"{url}?active=false").body["data"]
    assert (data["is_active"], data["provider_is_active"]) == (True, False)


@pytest.mark.parametrize("asks", ["viewer", "editor"])
def test_an_administrator_who_asks_sees_them_and_that_they_are(
    request: pytest.FixtureRequest, asks: str
) -> None:
    caller: Caller = request.getfixturevalue(asks)
    assert caller.get(f"{MODELS}?active=false").names == INACTIVE
    everything = caller.get(f"{MODELS}?active=any")
    assert set(INACTIVE) < set(everything.names)
    states = {model["model_name"]: model["is_active"] for model in everything.body["data"]}
    assert (states["gpt-4o"], states["gpt-image-1"]) == (True, False)
    data = next(model for model in everything.body["data"] if model["model_name"] == "gpt-image-1")
    assert data == {
        "model_name": "gpt-image-1",
        "display_name": "GPT Image 1",
        "model_type": "image",
        "provider": "openai",
        "cost_per_image": "0.0420",
        "valid_sizes": ["1024x1024", "1024x1536", "1536x1024"],
        "supports_json_mode": False,
        "supports_vision": False,
        "is_default": False,
        "sort_order": 3,
        "pricing_display": "$0.0420/image",
        "description": "",
        "supports_function_calling": False,
        "is_active": False,
        "provider_is_active": True,
    }


def test_who_does_not_ask_gets_the_sample_without_more(viewer: Caller) -> None:
    for query in ("", "?active=true"):
        assert list(viewer.get(MODELS + query).body["data"][0])[-1] == "pricing_display"


@pytest.mark.parametrize("asks", ["reader", "key"])
@pytest.mark.parametrize("address", ["", "gpt-4o/", "no-such-model/"])
@pytest.mark.parametrize("active", ["false", "any"])
def test_others_who_ask_are_refused(
    request: pytest.FixtureRequest, asks: str, address: str, active: str
) -> None:
    answer = request.getfixturevalue(asks).get(f"{MODELS}{address}?active={active}")
    assert (answer.status, answer.code) == (403, "permission_denied")
    assert answer.body["message"] == "inactive models are shown only to staff who may view or change models"


def test_a_permission_without_staff_is_not_enough(viewer: Caller, vera: User) -> None:
    User.objects.filter(pk=vera.pk).update(is_staff=False)
    assert viewer.get(f"{MODELS}?active=any").status == 403
