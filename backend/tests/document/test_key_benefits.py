"""Key Benefits Achieved."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.constants import IMAGE_MODEL_RATES, MODEL_RATES
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.credits.models import Account
from igny8_core.business.errors import InactiveModel
from tests.callable_model import CallableModel
from tests.workers import Job, start_workers


def price_until_stopped(job: Job) -> None:
    """Runs in another process: what 1,000,000 input tokens cost there, again and again."""
    while not job.stopping.is_set():
        job.report(AICore().calculate_cost(job.arguments["model"], 1_000_000, 0))


def test_changes_take_effect_immediately_and_no_backend_restart_is_required(
    text_model: CallableModel,
) -> None:
    """No code deploys for pricing updates: changes take effect immediately, no backend restart required."""
    with start_workers(price_until_stopped, [{"model": text_model.name}]) as [worker]:
        worker.go()
        while not worker.reports():
            pass
        AIModelConfig.objects.filter(pk=text_model.config.pk).update(input_cost_per_1m=Decimal(7))
        # The price that was being asked for at that moment may still be the old one; the next is not.
        seen = len(worker.reports())
        while len(worker.reports()) < seen + 2:
            pass
        worker.stop()
        prices = worker.finish(seconds=30)
    assert prices[0] == "1"
    assert prices[-1] == "7"
    assert sorted(set(prices)) == ["1", "7"]


def test_provider_field_supports_openai_anthropic_runware_google() -> None:
    """Provider field supports: OpenAI, Anthropic, Runware, Google."""
    names = AIProvider.objects.values_list("name", flat=True)
    assert sorted(names) == ["Anthropic", "Google", "OpenAI", "Runware"]
    assert AIModelConfig.objects.filter(provider="openai").count() == 9


def test_easy_to_add_new_providers_without_code_changes(account: Account, text_model: CallableModel) -> None:
    """Easy to add new providers without code changes: this one is a row, and answers a charged call."""
    result = AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=20)
    assert result.provider == text_model.provider.slug
    assert result.credits > 0


def test_enable_disable_models_via_admin(
    operator: Client, account: Account, text_model: CallableModel
) -> None:
    """Enable/disable models via admin: the next call is refused, and is not sent."""
    url = "/admin/billing/aimodelconfig/"
    operator.post(url, {"action": "deactivate", "_selected_action": [text_model.config.pk]})
    with pytest.raises(InactiveModel):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=20)
    assert text_model.count().received == 0


def test_constants_still_available_as_fallback() -> None:
    """Constants still available as fallback: the document's prices of its active models."""
    assert MODEL_RATES["gpt-4o-mini"] == {"input": Decimal("0.15"), "output": Decimal("0.60")}
    assert list(MODEL_RATES) == ["gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-5.1", "gpt-5.2"]
    assert {"dall-e-3": Decimal("0.040"), "dall-e-2": Decimal("0.020")} == IMAGE_MODEL_RATES


def test_updated_by_field_shows_who_made_changes(operator: Client, text_model: CallableModel) -> None:
    """Full audit trail: history tracks all changes, and `updated_by` shows who made them."""
    url = "/admin/billing/aimodelconfig/"
    operator.post(url, {"action": "deactivate", "_selected_action": [text_model.config.pk]})
    text_model.config.refresh_from_db()
    editor = text_model.config.updated_by
    assert editor is not None
    assert editor.username.startswith("operator-")
    newest = text_model.config.history.first()
    assert (newest.is_active, newest.history_user) == (False, editor)
