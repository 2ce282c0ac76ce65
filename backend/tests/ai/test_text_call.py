"""A text call is held at its bound, made, charged on its actual usage, and logged."""

from decimal import Decimal

import pytest

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.quote import FOR_MESSAGE, FOR_REQUEST
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, AccountBalance, CreditUsageLog, Hold
from igny8_core.business.errors import InsufficientCredits, InvalidRequest
from tests.callable_model import CallableModel
from tests.conftest import MakeAccount
from tests.ledger_calls import balance, entries, usage_rows


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


def test_it_is_held_at_a_byte_a_token_and_the_cap(account: Account, text_model: CallableModel) -> None:
    AICore(account=account).run_ai_request(prompt="Grüezi", model=text_model.name, max_tokens=100)
    bytes_of_text = len(b"user") + len("Grüezi".encode())
    tokens = bytes_of_text + FOR_MESSAGE + FOR_REQUEST
    assert Hold.objects.get(account=account).amount == (tokens + 100 * 10) / Decimal(10_000)


def test_the_provider_is_told_the_cap(account: Account, text_model: CallableModel) -> None:
    AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=100)
    [request] = text_model.journal()
    assert request["body"] == {
        "model": text_model.name,
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 100,
    }


def test_without_a_cap_it_is_what_an_eighth_of_the_credits_affords(
    make_account: MakeAccount, text_model: CallableModel
) -> None:
    account = make_account(800)  # $8; an eighth is $1: 100,000 tokens at $10/1M
    AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name)
    [request] = text_model.journal()
    assert request["body"]["max_tokens"] == 100_000


def test_without_a_cap_it_is_never_more_than_the_model_gives(
    account: Account, text_model: CallableModel
) -> None:
    text_model.config.max_output_tokens = 4096
    text_model.config.save()
    AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name)
    assert text_model.journal()[0]["body"]["max_tokens"] == 4096


def test_each_choice_is_held_and_told(account: Account, text_model: CallableModel) -> None:
    result = AICore(account=account).run_ai_request(prompt="Hi", model=text_model.name, max_tokens=10, n=3)
    assert len(result.choices) == 3
    assert text_model.journal()[0]["body"]["n"] == 3
    assert Hold.objects.get(account=account).amount >= 3 * 10 * 10 / Decimal(10_000)


def test_the_default_model_answers_when_none_is_named(
    account: Account, settings: object, emulator: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings.IGNY8_EMULATOR_URL = emulator.url  # type: ignore[attr-defined]
    assert AICore(account=account).run_ai_request(prompt="Hello", max_tokens=5).model == "gpt-4o-mini"


def test_too_few_credits_refuse_it_before_anything_is_sent(
    make_account: MakeAccount, text_model: CallableModel
) -> None:
    account = make_account("0.01")
    with pytest.raises(InsufficientCredits) as caught:
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=1000)
    assert caught.value.needed > caught.value.available == Decimal("0.01")
    assert text_model.count().received == 0
    assert balance(account) == (Decimal("0.01"), 0, 0)
    assert usage_rows(account) == [("refused", "insufficient_credits", 0)]


@pytest.mark.parametrize(
    ("floor", "explanation"), [(5, ", of which 5.000000 must stay"), (-1, ", and 1.000000 may be overdrawn")]
)
def test_a_refusal_names_the_floor(
    make_account: MakeAccount, text_model: CallableModel, floor: int, explanation: str
) -> None:
    account = make_account("5.05")
    AccountBalance.objects.filter(account=account).update(floor=floor)
    with pytest.raises(InsufficientCredits, match=f"5.050000 are available{explanation}"):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=10_000)
    assert balance(account) == (Decimal("5.05"), 0, 0)


def test_usage_above_the_hold_is_charged_whole_as_an_overrun(
    make_account: MakeAccount, text_model: CallableModel
) -> None:
    account = make_account(1)
    text_model.answers_with_usage(input_tokens=0, output_tokens=2000)
    AICore(account=account).run_ai_request(prompt="Hi", model=text_model.name, max_tokens=10)
    assert [kind for kind, _amount in entries(account)] == ["grant", "charge", "overrun"]
    assert balance(account) == (-1, 0, 1)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ({}, "give either prompt or messages"),
        ({"prompt": "x", "messages": []}, "give either prompt or messages"),
        ({"messages": []}, "messages must be a list"),
        ({"prompt": "x", "n": 0}, "n is 0"),
        ({"prompt": "x", "max_tokens": 0}, "max_tokens is 0"),
        ({"prompt": "x", "max_tokens": True}, "max_tokens is True"),
        ({"prompt": "x", "stream": True}, "unknown option: stream"),
    ],
)
def test_a_malformed_call_is_refused_with_the_reason(
    account: Account, text_model: CallableModel, call: dict[str, object], complaint: str
) -> None:
    with pytest.raises(InvalidRequest, match=complaint):
        AICore(account=account).run_ai_request(model=text_model.name, **call)  # type: ignore[arg-type]
    assert text_model.count().received == 0
    assert balance(account) == (1000, 0, 0)


def test_nobody_can_call_without_an_account() -> None:
    for nobody in (None, "demo"):
        with pytest.raises(InvalidRequest, match="needs an account"):
            AICore(account=nobody).run_ai_request(prompt="Hello")  # type: ignore[arg-type]


def test_the_user_and_the_key_are_logged(account: Account, text_model: CallableModel) -> None:
    user = type("User", (), {"pk": 42})()
    AICore(account=account, user=user).run_ai_request(prompt="Hi", model=text_model.name, max_tokens=5)
    assert CreditUsageLog.objects.get(account=account).user_ref == "42"
