"""Phase 4 & 5: AI Core Integration."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.constants import IMAGE_MODEL_RATES, MODEL_RATES
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import CreditUsageLog
from igny8_core.business.errors import UnknownModel
from tests.workers import BACKEND


@pytest.fixture
def _no_price_table() -> Iterator[None]:
    """The table is away, as after a rollback."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_aimodelconfig RENAME TO billing_aimodelconfig_away")
        cursor.execute("UPDATE credits_catalogueversion SET version = gen_random_uuid()")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_aimodelconfig_away RENAME TO billing_aimodelconfig")
        cursor.execute("UPDATE credits_catalogueversion SET version = gen_random_uuid()")


def test_run_ai_request_calculates_the_cost_of_text_models(core: AICore, mini: AIModelConfig) -> None:
    """`run_ai_request()` - Text model cost calculation."""
    result = core.run_ai_request(prompt="Hello", max_tokens=20)
    assert result.model == "gpt-4o-mini"
    assert result.output_tokens > 0
    assert result.cost == mini.get_cost_for_tokens(result.input_tokens, result.output_tokens)


def test_generate_image_calculates_the_cost_of_image_models(core: AICore) -> None:
    """`generate_image()` - Image model cost calculation."""
    result = core.generate_image("A lighthouse", n=2, model="dall-e-2", size="512x512")
    assert result.cost == Decimal("0.04")


def test_calculate_cost_is_the_helper_method() -> None:
    """`calculate_cost()` - Helper method."""
    assert AICore().calculate_cost("gpt-4o", 1000, 500) == Decimal("0.0075")
    assert AICore().calculate_cost("dall-e-3", model_type="image") == Decimal("0.04")


def test_lazy_imports_to_avoid_circular_dependencies() -> None:
    """Lazy imports to avoid circular dependencies: AICore can be imported before Django is set up."""
    environment = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    command = [sys.executable, "-c", "from igny8_core.ai.ai_core import AICore; print(AICore.__name__)"]
    done = subprocess.run(command, cwd=BACKEND, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("AICore\n", "")


def test_database_first(core: AICore, mini: AIModelConfig) -> None:
    """Database-first …"""
    AIModelConfig.objects.filter(pk=mini.pk).update(
        input_cost_per_1m=Decimal(3), output_cost_per_1m=Decimal(3)
    )
    result = core.run_ai_request(prompt="Hello", max_tokens=20)
    assert result.cost == result.tokens * Decimal("0.000003")
    assert result.cost_source == "database"


@pytest.mark.usefixtures("_no_price_table")
def test_with_fallback_to_constants(core: AICore) -> None:
    """… with fallback to constants."""
    result = core.run_ai_request(prompt="Hello", max_tokens=20)
    rates = MODEL_RATES["gpt-4o-mini"]
    cost = (result.input_tokens * rates["input"] + result.output_tokens * rates["output"]) / 1_000_000
    assert (result.cost, result.cost_source) == (cost, "constants")
    assert core.generate_image("A lighthouse").cost == IMAGE_MODEL_RATES["dall-e-3"]
    assert core.calculate_cost("gpt-4o", 1000, 500) == Decimal("0.0075")


def test_a_model_that_the_database_does_not_have_is_refused(core: AICore) -> None:
    """Where ours differs: the document's example had a default rate of $2/$8 for any name. A price that is not known
    is not guessed, so a readable catalogue without the model refuses the call, and nothing is held or called."""
    with pytest.raises(UnknownModel):
        core.run_ai_request(prompt="Hello", model="gpt-9", max_tokens=20)
    assert core.account is not None
    [row] = CreditUsageLog.objects.filter(account=core.account)
    assert (row.status, row.error_code, row.credits) == ("refused", "unknown_model", 0)


@pytest.mark.usefixtures("_no_price_table")
def test_safety_without_a_price_table() -> None:
    """Try/except wrapper for safety: a missing table is no crash."""
    assert AICore().calculate_cost("gpt-4o-mini", 1000, 500) == Decimal("0.000450")


def test_logging_shows_source_database(core: AICore, caplog: pytest.LogCaptureFixture) -> None:
    """Logging shows source (database …"""
    with caplog.at_level(logging.INFO, logger="igny8_core"):
        core.run_ai_request(prompt="Hello", max_tokens=20)
        core.calculate_cost("gpt-4o", 1, 1)
    assert [record.getMessage().count("source=database") for record in caplog.records] == [1, 1]


@pytest.mark.usefixtures("_no_price_table")
def test_logging_shows_source_constants(core: AICore, caplog: pytest.LogCaptureFixture) -> None:
    """… vs constants). The charge's row in the usage log says it too."""
    with caplog.at_level(logging.INFO, logger="igny8_core"):
        result = core.run_ai_request(prompt="Hello", max_tokens=20)
    assert [record.getMessage().count("source=constants") for record in caplog.records] == [1]
    row = CreditUsageLog.objects.get(account=core.account, request_id=result.request_id)
    assert row.price_source == "constants"


def test_the_example_before() -> None:
    """Before (hardcoded): `rates = MODEL_RATES.get(model, …)`; the constants still have that shape."""
    model, input_tokens, output_tokens = "gpt-4.1", 1000, 500
    rates = MODEL_RATES.get(model, {"input": Decimal("2.00"), "output": Decimal("8.00")})
    cost = (input_tokens * rates["input"] + output_tokens * rates["output"]) / 1_000_000
    assert cost == Decimal("0.006")


def test_the_example_after() -> None:
    """After (database): `AIModelConfig.objects.get(model_name=model, model_type='text', is_active=True)`."""
    model, input_tokens, output_tokens = "gpt-4.1", 1000, 500
    model_config = AIModelConfig.objects.get(model_name=model, model_type="text", is_active=True)
    assert model_config.get_cost_for_tokens(input_tokens, output_tokens) == Decimal("0.006")
