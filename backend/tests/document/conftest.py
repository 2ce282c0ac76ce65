from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.emulator.client import Emulator
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import Account


@pytest.fixture
def core(account: Account, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, settings: Any) -> AICore:
    """An account with 1,000 credits; OpenAI has no key here, so the emulator serves it, as in development."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings.IGNY8_EMULATOR_URL = emulator.url
    return AICore(account=account)


@pytest.fixture
def operator() -> Iterator[Client]:
    """A browser in which a superuser is logged in."""
    user = get_user_model().objects.create_superuser(username=f"operator-{uuid4().hex[:8]}", password="x")
    client = Client()
    client.force_login(user)
    yield client
    AIModelConfig.objects.filter(updated_by=user).update(updated_by=None)
    user.delete()


@pytest.fixture
def mini() -> Iterator[AIModelConfig]:
    """gpt-4o-mini; its prices are put back afterwards."""
    model = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    prices = (model.input_cost_per_1m, model.output_cost_per_1m)
    yield model
    AIModelConfig.objects.filter(pk=model.pk).update(
        input_cost_per_1m=prices[0], output_cost_per_1m=prices[1]
    )
