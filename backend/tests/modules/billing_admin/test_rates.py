"""Rates on the page of their model: saved with their actor, refused in sentences, asked about where they look wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.modules.billing.admin import rate_form
from tests.modules.billing_admin.conftest import MakeUser, logged_in
from tests.modules.billing_admin.pages import (
    history_of,
    log_of,
    messages_of,
    opened,
    text_of,
    typed_nothing,
    url,
)
from tests.modules.billing_admin.rates import add, make_rate, rate_errors, rates_of, typed

CACHED = {"unit": "cached_input_tokens", "amount": "0.075"}


def box_of(response: Any) -> str:
    found = re.search(r'name="confirm_rates" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def test_a_rate_is_added_with_everything_that_was_typed(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    rate = {
        **CACHED,
        "service_tier": "flex",
        "is_batch": "",
        "above_input_tokens": "200000",
        "valid_from_0": "2030-01-01",
        "valid_from_1": "06:30:00",
        "source_url": "example.com/prices",
        "checked_on": "2026-11-01",
        "is_estimate": "on",
    }
    assert add(operator, model, rate).status_code == 302
    row = ModelRate.objects.get(model=model)
    assert (row.unit, row.amount, row.per) == ("cached_input_tokens", Decimal("0.075"), 1_000_000)
    assert (row.service_tier, row.is_batch, row.above_input_tokens) == ("flex", None, 200_000)
    assert (row.valid_from, row.valid_to) == (datetime(2030, 1, 1, 6, 30, tzinfo=UTC), None)
    assert (row.source_url, str(row.checked_on), row.is_estimate) == (
        *("https://example.com/prices", "2026-11-01", True),
    )
    assert history_of(row) == [("+", alice.username, "")]
    assert log_of(model.pk) == [(alice.username, f"Added model rate “{row}”.")]


def test_a_changed_and_a_deleted_rate_have_their_actor(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    rate = make_rate(model, "cached_input_tokens", "0.075")
    assert add(operator, model, **{"rates-0-amount": "0.08"}).status_code == 302
    assert rates_of(model) == [("cached_input_tokens", Decimal("0.08"), "")]
    assert add(operator, model, **{"rates-0-DELETE": "on"}).status_code == 302
    assert rates_of(model) == []
    assert history_of(rate) == [
        ("+", None, None),
        ("~", alice.username, ""),
        ("-", alice.username, "deleted"),
    ]


def test_what_is_not_changed_writes_nothing(operator: Client, model: AIModelConfig) -> None:
    rate = make_rate(model, "cached_input_tokens", "0.075", valid_from=datetime(2030, 1, 1, tzinfo=UTC))
    assert add(operator, model).status_code == 302
    assert (len(history_of(rate)), len(history_of(model))) == (1, 1)


def test_a_deleted_model_takes_its_rates_with_it_and_their_history_says_who(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    rate = make_rate(model, "cached_input_tokens", "0.075")
    assert operator.post(url(model, "delete"), {"post": "yes"}).status_code == 302
    assert history_of(rate)[-1][:2] == ("-", alice.username)


def test_two_rates_that_could_both_win_are_refused_by_name(operator: Client, model: AIModelConfig) -> None:
    make_rate(model, "cached_input_tokens", "0.07", service_tier="*")
    refused = add(operator, model, {**CACHED, "is_batch": ""})
    assert rate_errors(refused) == [
        "“$0.07 per 1M cached input tokens (any tier)” and “$0.075 per 1M cached input tokens (batch or not)” could both"
        " be the price of one call: end one before the other begins, or add a rate for just the calls that meet both."
    ]
    assert "could both be the price of one call" in text_of(refused)
    assert len(rates_of(model)) == 1


def test_two_rates_for_the_same_calls_are_refused_and_one_after_the_other_is_not(
    operator: Client, model: AIModelConfig
) -> None:
    before = {**CACHED, "valid_to_0": "2030-01-01", "valid_to_1": "00:00:00"}
    after = {**CACHED, "amount": "0.08", "valid_from_0": "2029-12-31", "valid_from_1": "00:00:00"}
    assert rate_errors(add(operator, model, before, after)) == [
        "“$0.075 per 1M cached input tokens, until 2030-01-01 00:00 UTC” and “$0.08 per 1M cached input tokens, from"
        " 2029-12-31 00:00 UTC” are for the same calls at the same time: end one before the other begins."
    ]
    assert rates_of(model) == []
    assert add(operator, model, before, after | {"valid_from_0": "2030-01-01"}).status_code == 302
    assert len(rates_of(model)) == 2


def test_a_base_price_that_could_win_beside_a_rate_is_named(operator: Client, model: AIModelConfig) -> None:
    rate = {"unit": "input_tokens", "amount": "0.3", "service_tier": "*", "above_input_tokens": "200000"}
    assert rate_errors(add(operator, model, rate)) == [
        "“$0.15 per 1M input tokens, the base price” and “$0.30 per 1M input tokens (any tier, above 200,000 input"
        " tokens)” could both be the price of one call: end one before the other begins, or add a rate for just the"
        " calls that meet both."
    ]
    assert rates_of(model) == []


def test_what_the_form_would_let_through_postgresql_refuses_in_a_sentence(
    operator: Client, model: AIModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_form, "unclear_sentences", lambda sheet: [])
    refused = add(operator, model, CACHED, CACHED)
    assert (refused.status_code, refused["Location"]) == (302, url(model, "change"))
    [message] = messages_of(refused)
    assert message.startswith("Nothing was saved: rates ")
    assert message.endswith(f"of {model.model_name} could both win for cached_input_tokens.")
    assert rates_of(model) == []
    assert len(log_of(model.pk)) == 0


def test_another_error_of_the_database_is_not_taken_for_it(
    operator: Client, model: AIModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(ModelRate, "save", fail)
    with pytest.raises(IntegrityError):
        add(operator, model, CACHED)


def test_a_price_per_token_is_asked_about_and_saved_when_confirmed(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    sentence = "cached input tokens: $0.000000075 per 1M, it looks like a price per token, which would be $0.075 per 1M"
    refused = add(operator, model, {**CACHED, "amount": "0.000000075"})
    assert rate_errors(refused) == [sentence]
    assert sentence in text_of(refused)
    assert "Yes, these rates are right" in text_of(refused)
    assert rates_of(model) == []

    data = typed_nothing(refused) | {"confirm_rates": box_of(refused)}
    assert operator.post(url(model, "change"), data).status_code == 302
    row = ModelRate.objects.get(model=model)
    assert row.amount == Decimal("0.000000075")
    assert history_of(row) == [("+", alice.username, f"confirmed {sentence}"[:100])]


def test_a_tenfold_rate_is_asked_about_and_another_one_again(operator: Client, model: AIModelConfig) -> None:
    make_rate(model, "cached_input_tokens", "0.075")
    refused = add(operator, model, **{"rates-0-amount": "0.75"})
    assert rate_errors(refused) == ["cached input tokens: $0.075 -> $0.75 per 1M, 10 times as much"]
    again = add(operator, model, **{"rates-0-amount": "7.5", "confirm_rates": box_of(refused)})
    assert rate_errors(again) == ["cached input tokens: $0.075 -> $7.50 per 1M, 100 times as much"]
    assert rates_of(model) == [("cached_input_tokens", Decimal("0.075"), "")]


def test_the_same_price_for_another_number_of_units_is_no_change(
    operator: Client, model: AIModelConfig
) -> None:
    make_rate(model, "cached_input_tokens", "0.075")
    changes = {"rates-0-amount": "0.000000075", "rates-0-per": "1"}
    assert add(operator, model, **changes).status_code == 302
    assert rates_of(model) == [("cached_input_tokens", Decimal("0.000000075"), "")]


def test_a_scheduled_base_price_is_compared_with_what_it_replaces(
    operator: Client, model: AIModelConfig
) -> None:
    scheduled = {
        "unit": "input_tokens",
        "amount": "15",
        "valid_from_0": "2030-01-01",
        "valid_from_1": "00:00:00",
    }
    assert rate_errors(add(operator, model, scheduled)) == [
        "input tokens: $0.15 -> $15.00 per 1M, 100 times as much"
    ]
    assert add(operator, model, scheduled | {"amount": "0.20"}).status_code == 302


def test_the_page_says_which_rate_takes_a_base_prices_place(operator: Client, model: AIModelConfig) -> None:
    assert "takes its place" not in text_of(operator.get(url(model, "change")))
    now = timezone.now()
    make_rate(model, "output_tokens", "0.9", valid_from=now + timedelta(days=1))
    make_rate(model, "input_tokens", "0.2", valid_to=now - timedelta(days=1))
    page = text_of(operator.get(url(model, "change")))
    assert "A rate below will take its place: “$0.90 per 1M output tokens, from " in page
    assert "Not charged now" not in page
    make_rate(model, "input_tokens", "0.3", valid_from=now - timedelta(hours=1))
    page = text_of(operator.get(url(model, "change")))
    assert "Not charged now: a rate below takes its place, “$0.30 per 1M input tokens, from " in page


def test_a_base_price_that_would_never_be_charged_is_not_saved(
    operator: Client, model: AIModelConfig
) -> None:
    make_rate(model, "input_tokens", "0.3")
    refused = add(operator, model, input_cost_per_1m="0.25")
    assert rate_errors(refused) == [
        "The new input price would have no effect: calls are charged “$0.30 per 1M input tokens” instead. Change that"
        " rate; nothing was changed."
    ]
    model.refresh_from_db()
    assert model.input_cost_per_1m == Decimal("0.15")
    # With the rate gone in the same save it is charged.
    assert add(operator, model, input_cost_per_1m="0.25", **{"rates-0-DELETE": "on"}).status_code == 302
    model.refresh_from_db()
    assert model.input_cost_per_1m == Decimal("0.25")


def test_a_base_price_that_is_charged_again_later_may_be_prepared(
    operator: Client, model: AIModelConfig
) -> None:
    make_rate(model, "input_tokens", "0.3", valid_to=timezone.now() + timedelta(days=1))
    saved = add(operator, model, input_cost_per_1m="0.25")
    assert saved.status_code == 302
    [note] = [message for message in messages_of(saved) if message.startswith("The new input price")]
    assert "; now calls are charged “$0.30 per 1M input tokens, until " in note


def test_the_preview_and_the_list_show_what_is_charged(operator: Client, model: AIModelConfig) -> None:
    make_rate(model, "input_tokens", "0.3")
    page = operator.get(url(model, "change"))
    # 1,000 x $0.30/1M + 500 x $0.60/1M
    assert "Now $0.0006 As typed $0.0006 With the model's rates as they are stored." in text_of(page)
    listed = operator.get(url(AIModelConfig, "changelist"), {"q": model.model_name})
    assert "$0.3000/$0.6000 per 1M" in text_of(listed)


def test_rates_that_somebody_else_changed_meanwhile_are_not_written_over(
    operator: Client, make_user: MakeUser, model: AIModelConfig
) -> None:
    rate = make_rate(model, "cached_input_tokens", "0.075")
    page = opened(operator, model)
    bob = make_user("bob")
    assert add(logged_in(bob), model, **{"rates-0-amount": "0.08"}).status_code == 302
    refused = operator.post(url(model, "change"), page | {"rates-0-amount": "0.09"})
    [sentence] = rate_errors(refused)
    assert sentence.startswith(
        f"{bob.username} changed the model rates of this model after you opened this page"
    )
    assert rates_of(model) == [("cached_input_tokens", Decimal("0.08"), "")]
    # Also where the row itself is gone, or another one has come.
    assert add(logged_in(bob), model, **{"rates-0-DELETE": "on"}).status_code == 302
    refused = operator.post(url(model, "change"), page | {"rates-0-amount": "0.09"})
    assert any("so nothing was saved" in sentence for sentence in rate_errors(refused))
    page = opened(operator, model)
    make_rate(model, "cached_input_tokens", "0.1")
    refused = operator.post(url(model, "change"), typed({"unit": "web_searches", "amount": "10"}, page=page))
    assert any("so nothing was saved" in sentence for sentence in rate_errors(refused))
    assert rates_of(model) == [("cached_input_tokens", Decimal("0.1"), "")]
    assert len(history_of(rate)) == 3


def test_a_new_model_comes_with_its_rates(operator: Client, alice: User, model: AIModelConfig) -> None:
    page = opened(operator, model) | {"model_name": f"{model.model_name}-new"}
    answer = operator.post(url(AIModelConfig, "add"), typed(CACHED, page=page))
    assert answer.status_code == 302
    made = AIModelConfig.objects.get(model_name=f"{model.model_name}-new")
    try:
        assert rates_of(made) == [("cached_input_tokens", Decimal("0.075"), "")]
        assert history_of(made.rates.get()) == [("+", alice.username, "")]
    finally:
        made.delete()


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        ({"amount": ""}, "This field is required."),
        ({"amount": "abc"}, "A price is a number with a point, e.g. 0.15."),
        ({"amount": "0.0000000000001"}, "A price has at most 12 decimals."),
        ({"amount": "-1"}, "An amount must be a number from 0 to below one million dollars."),
        ({"unit": "thoughts"}, "Select a valid choice. thoughts is not one of the available choices."),
        ({"per": "7"}, "Select a valid choice. 7 is not one of the available choices."),
        ({"service_tier": "Flex"}, "Small letters, digits, dots, hyphens"),
        ({"image_size": "1024x1024"}, "Only images have a size or a quality."),
        ({"valid_from_0": "2031-01-01", "valid_from_1": "00:00", "valid_to_0": "2030-01-01", "valid_to_1": "00:00"},
         "A rate must begin before it ends."),
        ({"valid_from_0": "2031-13-01", "valid_from_1": "00:00"}, "A day and its time are written 2026-12-01 00:00:00, UTC."),
        ({"source_url": "\0"}, "Null characters are not allowed."),
        ({"above_input_tokens": "-5"}, "Ensure this value is greater than or equal to 0."),
    ],
)  # fmt: skip
def test_what_no_rate_can_be_is_refused_in_a_sentence(
    operator: Client, model: AIModelConfig, rate: dict[str, str], sentence: str
) -> None:
    refused = add(operator, model, {**CACHED, **rate})
    errors = rate_errors(refused)
    assert any(error.startswith(sentence) for error in errors), errors
    assert sentence in text_of(refused)
    assert rates_of(model) == []


@pytest.mark.parametrize("row_id", ["abc", "\0", "9" * 40, "-1", ""])
def test_a_row_that_is_none_is_refused(operator: Client, model: AIModelConfig, row_id: str) -> None:
    make_rate(model, "cached_input_tokens", "0.075")
    refused = add(operator, model, **{"rates-0-id": row_id, "rates-0-amount": "0.08"})
    assert refused.status_code == 200
    assert rates_of(model) == [("cached_input_tokens", Decimal("0.075"), "")]


def test_another_models_rate_is_not_to_be_had(operator: Client, make_model: Any) -> None:
    mine, other = make_model(), make_model()
    make_rate(mine, "cached_input_tokens", "0.075")
    theirs = make_rate(other, "cached_input_tokens", "0.5")
    for act in ({"rates-0-DELETE": "on"}, {"rates-0-amount": "0.6"}):
        add(operator, mine, **{"rates-0-id": str(theirs.pk), **act})
    assert rates_of(mine) == [("cached_input_tokens", Decimal("0.075"), "")]
    assert rates_of(other) == [("cached_input_tokens", Decimal("0.5"), "")]


def test_who_may_only_look_sees_the_rates_and_no_box(viewer: Client, model: AIModelConfig) -> None:
    make_rate(model, "cached_input_tokens", "0.075", service_tier="flex")
    page = viewer.get(url(model, "change"))
    assert "$0.075 per 1M cached input tokens (flex tier)" in text_of(page)
    assert not re.search(r'name="rates-\d+-(amount|DELETE)"', page.content.decode())
    posted = typed(CACHED, page={"rates-TOTAL_FORMS": 0, "rates-INITIAL_FORMS": 0})
    assert viewer.post(url(model, "change"), posted).status_code == 403
    assert len(rates_of(model)) == 1
