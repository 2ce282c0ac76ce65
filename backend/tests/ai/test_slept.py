"""A process whose machine has slept believes it is earlier than it is: it refuses nothing for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.models import ModelRate
from igny8_core.business.credits.models import Account
from tests.callable_model import CallableModel
from tests.ledger_calls import usage_rows


def test_a_rate_that_began_meanwhile_allows_the_call(
    account: Account, text_model: CallableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for unit, amount in (("input_tokens", "0.5"), ("output_tokens", "5")):
        ModelRate.objects.create(
            model=text_model.config,
            unit=unit,
            amount=amount,
            service_tier="flex",
            valid_from=timezone.now() - timedelta(hours=1),
        )
    snapshot = catalogue.reload(constants_catalogue)
    monkeypatch.setattr(
        catalogue, "_snapshot", replace(snapshot, read_at=snapshot.read_at - timedelta(hours=2))
    )
    text_model.script(
        {"usage": {"prompt_tokens": 1000, "completion_tokens": 100}, "reply": {"service_tier": "flex"}}
    )
    result = AICore(account).run_ai_request(
        prompt="x" * 2000, model=text_model.name, max_tokens=200, service_tier="flex"
    )
    assert result.cost == Decimal("0.001")
    assert usage_rows(account) == [("settled", None, Decimal("0.1"))]
