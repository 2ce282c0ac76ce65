"""Architecture: the two ways to price, and the data flow."""

from __future__ import annotations

from decimal import Decimal

from igny8_core.ai.ai_core import AICore
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.ledger_audit import audit_ledger
from igny8_core.business.credits.models import CreditUsageLog, Hold, LedgerEntry
from tests.ledger_calls import balance


def test_text_models_credits_are_calculated_after_the_call_on_actual_usage(core: AICore) -> None:
    """Text models: credits calculated AFTER AI call, based on actual token usage: `cost = (input_tokens × input_rate +
    output_tokens × output_rate) / 1M`. The most that it can cost is held before."""
    result = core.run_ai_request(prompt="Hello", model="gpt-4o", max_tokens=30)
    cost = (result.input_tokens * Decimal("2.50") + result.output_tokens * Decimal("10.00")) / 1_000_000
    assert result.cost == cost
    hold = Hold.objects.get(account=core.account, request_id=result.request_id)
    assert hold.amount > result.credits == cost * 100


def test_image_models_credits_are_calculated_before_the_call(core: AICore) -> None:
    """Image models: credits calculated BEFORE AI call, fixed cost per image: `cost = cost_per_image × num_images`. What
    is held before is what is charged after."""
    result = core.generate_image("A lighthouse", n=2)
    assert result.cost == Decimal("0.040") * 2
    hold = Hold.objects.get(account=core.account, request_id=result.request_id)
    assert hold.amount == result.credits == 8


def test_the_data_flow(core: AICore, mini: AIModelConfig) -> None:
    """User Request → AICore checks AIModelConfig database → If found: use database pricing → Calculate cost → Deduct
    credits → Log to CreditUsageLog."""
    assert core.account is not None
    AIModelConfig.objects.filter(pk=mini.pk).update(
        input_cost_per_1m=Decimal(1), output_cost_per_1m=Decimal(2)
    )

    result = core.run_ai_request(prompt="Hello", max_tokens=30)

    cost = (result.input_tokens + 2 * result.output_tokens) / Decimal(1_000_000)
    assert (result.cost_source, result.cost) == ("database", cost)
    assert balance(core.account) == (1000 - cost * 100, 0, 0)
    entry = LedgerEntry.objects.get(account=core.account, request_id=result.request_id)
    assert entry.amount == -cost * 100
    row = CreditUsageLog.objects.get(account=core.account)
    assert (row.status, row.model, row.cost_usd, row.credits) == ("settled", "gpt-4o-mini", cost, cost * 100)
    assert row.usage == {"input_tokens": result.input_tokens, "output_tokens": result.output_tokens}
    assert audit_ledger().is_clean


# If not found: "Fallback to constants" is tested in test_phase_4_and_5_ai_core.py, with what "not found" means here.
