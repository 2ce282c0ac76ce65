"""A call with an idempotency key is made once, charged once, and answered the same every time."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from igny8_core.ai.ai_core import AICore
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, Hold, StoredAnswer
from igny8_core.business.errors import (
    AnswerExpired,
    IdempotencyConflict,
    ProviderError,
    RequestInProgress,
)
from tests.callable_model import CallableModel
from tests.conftest import MakeAccount
from tests.ledger_calls import balance


def ask(account: Account, model: CallableModel, prompt: str = "Hello", **options: Any) -> Any:
    core = AICore(account=account)
    return core.run_ai_request(prompt=prompt, model=model.name, max_tokens=10, idempotency_key="k", **options)


def test_the_second_call_gets_the_first_ones_answer(account: Account, text_model: CallableModel) -> None:
    first = ask(account, text_model)
    after_first = balance(account)
    second = ask(account, text_model)
    assert second == first.as_replay()
    assert (first.replayed, second.replayed) == (False, True)
    assert text_model.count().received == 1
    assert balance(account) == after_first


def test_images_come_back_too(account: Account, image_model: CallableModel) -> None:
    core = AICore(account=account)
    first, second = (
        core.generate_image("A cat", model=image_model.name, n=2, idempotency_key="k") for _ in range(2)
    )
    assert second == first.as_replay()
    assert image_model.count().received == 1


def test_another_body_is_a_conflict_and_nothing_happens(account: Account, text_model: CallableModel) -> None:
    ask(account, text_model)
    before = balance(account)
    with pytest.raises(IdempotencyConflict):
        ask(account, text_model, prompt="Something else")
    with pytest.raises(IdempotencyConflict):
        ask(account, text_model, temperature=1)
    assert text_model.count().received == 1
    assert balance(account) == before


def test_another_accounts_same_key_is_another_call(
    make_account: MakeAccount, text_model: CallableModel
) -> None:
    for account in (make_account(), make_account()):
        assert ask(account, text_model).replayed is False
    assert text_model.count().received == 2


def test_a_failed_call_frees_the_key(account: Account, text_model: CallableModel) -> None:
    text_model.script({"status": 500, "times": 1}, {})
    with pytest.raises(ProviderError):
        ask(account, text_model)
    assert ask(account, text_model).replayed is False
    assert Hold.objects.get(account=account).attempt == 2


def test_while_the_outcome_is_unknown_nobody_calls_again(account: Account, text_model: CallableModel) -> None:
    text_model.script({"malformed": True, "times": 1}, {})
    with pytest.raises(ProviderError):
        ask(account, text_model)
    with pytest.raises(RequestInProgress) as caught:
        ask(account, text_model)
    assert caught.value.retry_after_seconds == 1
    assert text_model.count().received == 1


def test_an_answer_that_is_kept_no_longer_is_never_asked_for_again(
    account: Account, text_model: CallableModel
) -> None:
    ask(account, text_model)
    StoredAnswer.objects.filter(account=account).update(expires_at=timezone.now())
    with pytest.raises(AnswerExpired):
        ask(account, text_model)
    assert ledger.sweep()["answers"] == 1
    with pytest.raises(AnswerExpired):
        ask(account, text_model)
    assert text_model.count().received == 1


def test_an_answer_larger_than_the_cap_is_not_kept(
    account: Account, text_model: CallableModel, settings: Any
) -> None:
    settings.IGNY8_ANSWER_MAX_BYTES = 10
    ask(account, text_model)
    assert not StoredAnswer.objects.filter(account=account).exists()
    with pytest.raises(AnswerExpired):
        ask(account, text_model)
    assert text_model.count().received == 1


def test_the_answer_comes_back_though_the_model_was_switched_off(
    account: Account, text_model: CallableModel
) -> None:
    first = ask(account, text_model)
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(is_active=False)
    assert ask(account, text_model) == first.as_replay()


def test_the_answer_is_stored_encrypted(account: Account, text_model: CallableModel) -> None:
    text_model.script({"text": "a private matter"})
    ask(account, text_model)
    assert "private" not in StoredAnswer.objects.get(account=account).answer


def test_a_rotated_secret_key_still_opens_old_answers(
    account: Account, text_model: CallableModel, settings: Any
) -> None:
    first = ask(account, text_model)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new one"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert ask(account, text_model) == first.as_replay()
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(AnswerExpired):
        ask(account, text_model)
