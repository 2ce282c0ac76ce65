"""A text call is held at its bound, made, charged on its actual usage, and logged."""

from decimal import Decimal

from igny8_core.ai.ai_core import AICore
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from tests.callable_model import CallableModel


def test_it_is_charged_on_the_usage_that_the_provider_reports(
    account: Account, text_model: CallableModel
) -> None:
    text_model.answers_with_usage(input_tokens=1000, output_tokens=500)

    result = AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=500)

    # 1,000 x $1/1M + 500 x $10/1M = $0.006 = 0.6 credits
    assert result.cost == Decimal("0.006")
    assert result.credits == Decimal("0.6")
    assert result.tokens == 1500
    assert result.cost_source == "database"
    assert ledger.available_credits(account.pk) == Decimal("999.4")
    row = CreditUsageLog.objects.get(account=account)
    assert row.request_id == result.request_id
    assert row.status == "settled"
    assert row.usage == {"input_tokens": 1000, "output_tokens": 500}
    assert row.cost_usd == Decimal("0.006")
    assert Hold.objects.get(account=account).state == "settled"
