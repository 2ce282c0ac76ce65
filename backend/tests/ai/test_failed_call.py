"""A call that fails charges nothing: its hold is void, or unknown where the provider may bill it."""

from __future__ import annotations

import logging
import ssl
from decimal import Decimal
from typing import Any

import pytest
import urllib3

from igny8_core.ai import transport
from igny8_core.ai.ai_core import AICore
from igny8_core.ai.dialects import DIALECTS
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from igny8_core.business.errors import (
    InactiveModel,
    InvalidRequest,
    ProviderError,
    ProviderNotConfigured,
    ProviderTimeout,
    UnknownModel,
)
from tests.callable_model import CallableModel
from tests.ledger_calls import balance, entries, usage_rows


def call(account: Account, model: CallableModel) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        AICore(account=account).run_ai_request(prompt="Hello", model=model.name, max_tokens=10)
    return caught.value


@pytest.mark.parametrize(
    ("status", "state", "permanent"),
    [
        (400, "void", True),
        (401, "void", True),
        (402, "void", True),
        (403, "void", True),
        (404, "void", True),
        (408, "unknown", False),
        (409, "void", False),
        (413, "void", True),
        (429, "void", False),
        (500, "void", False),
        (499, "unknown", True),
        (502, "unknown", False),
        (503, "void", False),
        (504, "unknown", False),
        (520, "unknown", False),
        (524, "unknown", False),
        (529, "void", False),
    ],
)
def test_an_error_status(
    account: Account, text_model: CallableModel, status: int, state: str, permanent: bool
) -> None:
    text_model.script({"status": status, "error_message": "no, sorry"})
    error = call(account, text_model)
    assert (error.status, error.permanent, error.provider) == (status, permanent, text_model.provider.slug)
    assert f"answered {status}: no, sorry" in str(error)
    assert error.provider_request_id is not None
    assert Hold.objects.get(account=account).state == state
    assert entries(account) == [("grant", 1000)]
    assert usage_rows(account) == [(state, "provider_error", 0)]


@pytest.mark.parametrize(
    "script",
    [
        {"malformed": True},
        {"cut_after_bytes": 40},
        {"usage": None},
        {"reply": {"choices": []}},
        {"usage": {"prompt_tokens": -1}},
        {"usage": {"prompt_tokens": "many"}},
        {"usage": {"prompt_tokens": None}},
        {"usage": {"prompt_tokens": 10**50}},
    ],
)
def test_an_answer_that_cannot_be_read_may_be_billed(
    account: Account, text_model: CallableModel, script: dict[str, Any]
) -> None:
    text_model.script(script)
    assert call(account, text_model).may_have_charged is True
    assert Hold.objects.get(account=account).state == "unknown"
    assert entries(account) == [("grant", 1000)]
    assert len(usage_rows(account)) == 1


def test_a_timeout_may_be_billed(account: Account, text_model: CallableModel, settings: Any) -> None:
    settings.IGNY8_PROVIDER_READ_SECONDS = 0.2
    text_model.script({"delay_ms": 2000})
    error = call(account, text_model)
    assert isinstance(error, ProviderTimeout)
    assert error.code == "provider_timeout"
    assert Hold.objects.get(account=account).state == "unknown"
    assert usage_rows(account) == [("unknown", "provider_timeout", 0)]


def test_a_provider_that_cannot_be_reached_bills_nothing(account: Account, text_model: CallableModel) -> None:
    AIProvider.objects.filter(pk=text_model.provider.pk).update(base_url="http://127.0.0.1:9/v1")
    error = call(account, text_model)
    assert error.permanent is False
    assert Hold.objects.get(account=account).state == "void"
    assert balance(account) == (1000, 0, 0)


def test_whatever_breaks_after_sending_leaves_the_hold_unknown(
    account: Account, text_model: CallableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(transport, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=10)
    assert Hold.objects.get(account=account).state == "unknown"
    assert usage_rows(account) == [("unknown", "internal_error", 0)]


def test_a_hold_that_expired_before_the_call_was_sent_is_void(
    account: Account, text_model: CallableModel, settings: Any
) -> None:
    settings.IGNY8_HOLD_SECONDS = 0
    with pytest.raises(Exception, match="expired before the call was sent"):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=10)
    assert text_model.count().received == 0
    assert Hold.objects.get(account=account).state == "void"


def test_an_error_that_postgresql_cannot_store_is_still_the_providers(
    account: Account, text_model: CallableModel
) -> None:
    text_model.script({"status": 400, "error_message": "bad \x00 text"})
    assert call(account, text_model).status == 400
    assert Hold.objects.get(account=account).state == "void"


def test_the_providers_error_is_told_even_where_the_hold_cannot_be_ended(
    account: Account, text_model: CallableModel, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    text_model.script({"status": 400})

    def broken(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ledger, "void", broken)
    assert call(account, text_model).status == 400
    assert "could not be ended as void" in caplog.text
    assert Hold.objects.get(account=account).state == "sent"


@pytest.mark.parametrize("option", [Decimal("0.5"), float("nan"), object()])
def test_what_json_cannot_say_is_refused_before_anything_is_held(
    account: Account, text_model: CallableModel, option: object
) -> None:
    with pytest.raises(InvalidRequest, match="cannot be sent as JSON"):
        AICore(account=account).run_ai_request(prompt="Hi", model=text_model.name, temperature=option)
    assert balance(account) == (1000, 0, 0)
    assert usage_rows(account) == [("refused", "invalid_request", 0)]


def test_a_key_with_a_newline_is_used_without_it(
    account: Account, text_model: CallableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGNY8_TEST_PROVIDER_KEY", "sk-with-newline\n")
    AICore(account=account).run_ai_request(prompt="Hi", model=text_model.name, max_tokens=5)
    assert text_model.journal()[0]["authorization"].endswith("line")


def test_a_key_that_cannot_be_one_is_refused_without_being_told(
    account: Account, text_model: CallableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGNY8_TEST_PROVIDER_KEY", "sk-sécret")
    with pytest.raises(ProviderNotConfigured) as caught:
        AICore(account=account).run_ai_request(prompt="Hi", model=text_model.name)
    assert "cret" not in str(caught.value)
    assert balance(account) == (1000, 0, 0)


def test_tls_that_breaks_may_be_billed_but_a_refused_certificate_is_not() -> None:
    endpoint = transport.Endpoint("p", "https://p", "k", DIALECTS["openai"])
    broken = urllib3.exceptions.SSLError(ssl.SSLError("bad record"))
    refused = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
    assert transport._connection_error(endpoint, broken).may_have_charged is True
    assert transport._connection_error(endpoint, refused).may_have_charged is False


@pytest.mark.parametrize("name", ["", "x" * 256, "a\x00b", "two\nlines", ["gpt-4o"], 7])
def test_a_name_that_cannot_be_one_is_refused(account: Account, name: Any) -> None:
    core = AICore(account=account)
    for names in ({"model": name}, {"idempotency_key": name}):
        with pytest.raises(InvalidRequest, match="printable characters"):
            core.run_ai_request(prompt="Hi", **names)
        with pytest.raises(InvalidRequest, match="printable characters"):
            core.generate_image("A cat", **names)
    assert balance(account) == (1000, 0, 0)


def test_a_very_long_model_name_is_refused_and_logged(account: Account) -> None:
    with pytest.raises(UnknownModel):
        AICore(account=account).run_ai_request(prompt="Hi", model="x" * 200)
    assert CreditUsageLog.objects.get(account=account).model == "x" * 100


def test_a_providers_own_tools_are_refused_because_they_are_billed_apart(
    account: Account, text_model: CallableModel
) -> None:
    with pytest.raises(InvalidRequest, match="tools must be"):
        AICore(account=account).run_ai_request(
            prompt="Hi", model=text_model.name, tools=[{"type": "web_search"}]
        )
    assert text_model.count().received == 0


def test_an_unknown_model_is_refused_with_what_is_available(account: Account) -> None:
    with pytest.raises(UnknownModel, match="text model 'gpt-9' is not available") as caught:
        AICore(account=account).run_ai_request(prompt="Hello", model="gpt-9")
    assert "gpt-4o-mini" in caught.value.details["available"]
    assert usage_rows(account) == [("refused", "unknown_model", 0)]
    assert not Hold.objects.filter(account=account).exists()


def test_an_inactive_model_is_refused(account: Account, text_model: CallableModel) -> None:
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(is_active=False)
    with pytest.raises(InactiveModel):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name)
    assert text_model.count().received == 0
    assert usage_rows(account) == [("refused", "inactive_model", 0)]


def test_a_model_that_was_just_added_is_found_though_the_snapshot_is_older(
    account: Account, text_model: CallableModel
) -> None:
    AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=5)
    newer = AIModelConfig.objects.get(pk=text_model.config.pk)
    newer.pk, newer.model_name = None, f"{newer.model_name}-newer"
    newer.save()
    try:
        AICore(account=account).run_ai_request(prompt="Hello", model=newer.model_name, max_tokens=5)
    finally:
        newer.delete()


def test_an_image_model_is_no_text_model(account: Account, image_model: CallableModel) -> None:
    with pytest.raises(UnknownModel):
        AICore(account=account).run_ai_request(prompt="Hello", model=image_model.name)


def test_a_provider_without_its_key_is_named_and_nothing_is_held(
    account: Account, text_model: CallableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IGNY8_TEST_PROVIDER_KEY")
    with pytest.raises(ProviderNotConfigured, match="IGNY8_TEST_PROVIDER_KEY is not set"):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name)
    assert balance(account) == (1000, 0, 0)


def test_a_dialect_that_is_not_spoken_is_named(account: Account, text_model: CallableModel) -> None:
    AIProvider.objects.filter(pk=text_model.provider.pk).update(dialect="klingon")
    with pytest.raises(ProviderNotConfigured, match="dialect 'klingon'; dialects spoken here: openai"):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name)
    assert balance(account) == (1000, 0, 0)


def test_the_key_is_in_no_message_log_or_row(
    account: Account,
    text_model: CallableModel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("IGNY8_TEST_PROVIDER_KEY", "sk-planted-secret")
    text_model.script({"status": 401, "error_message": "Incorrect API key provided: sk-planted-secret."})
    with caplog.at_level(logging.DEBUG):
        error = call(account, text_model)
    assert "Incorrect API key provided: [key]." in str(error)
    row = CreditUsageLog.objects.get(account=account)
    assert "planted" not in f"{error!r} {error.details} {caplog.text} {row.detail}"
