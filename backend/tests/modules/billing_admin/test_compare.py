"""Models side by side: the address is the question, and what cannot be is answered in a sentence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig, ModelAlias
from tests.modules.billing_admin.conftest import MakeModel, MakeUser, logged_in
from tests.modules.billing_admin.pages import text_of, url
from tests.modules.billing_admin.rates import make_rate

COMPARE = reverse("admin:billing_aimodelconfig_compare")
WORKLOAD = {"input_tokens": "1000", "output_tokens": "500", "calls_a_month": "1,000"}


def compared(client: Client, *names: str, **query: str) -> Any:
    response = client.get(COMPARE, {"model": list(names), **WORKLOAD, **query})
    assert response.status_code == 200
    return response


def lines(response: Any) -> dict[str, tuple[str, ...]]:
    return {line.label: line.cells for line in response.context["compare"].lines}


def problems(response: Any) -> tuple[str, ...]:
    said: tuple[str, ...] = response.context["compare"].problems
    assert all(sentence in text_of(response) for sentence in said)
    return said


@pytest.fixture
def cheap(make_model: MakeModel) -> AIModelConfig:
    return make_model(context_window=128_000, max_output_tokens=4_096, supports_vision=True)


@pytest.fixture
def dear(make_model: MakeModel) -> AIModelConfig:
    return make_model(input_cost_per_1m=Decimal("2.5"), output_cost_per_1m=Decimal(10))


def test_prices_limits_and_costs_stand_side_by_side(
    viewer: Client, cheap: AIModelConfig, dear: AIModelConfig
) -> None:
    response = compared(viewer, cheap.model_name, dear.model_name)
    table = lines(response)
    # 1,000 x $0.15/1M + 500 x $0.60/1M, and 1,000 x $2.50/1M + 500 x $10/1M
    assert table["Cost of a call"] == ("$0.00045", "$0.0075")
    assert table["Cost a month"] == ("$0.45", "$7.50")
    assert table["Price: input tokens"] == ("$0.15 per 1M input tokens", "$2.50 per 1M input tokens")
    assert table["Context window"] == ("128,000", "–")
    assert table["Output, at most"] == ("4,096", "–")
    assert table["Capabilities"] == ("vision", "–")
    assert "$0.00045 least" in text_of(response)


def test_a_cached_share_is_priced_at_its_rate_or_said_to_have_none(
    viewer: Client, cheap: AIModelConfig, dear: AIModelConfig
) -> None:
    make_rate(cheap, "cached_input_tokens", "0.075")
    table = lines(compared(viewer, cheap.model_name, dear.model_name, cached_share="60"))
    # 400 x $0.15/1M + 600 x $0.075/1M + 500 x $0.60/1M
    assert table["Cost of a call"] == ("$0.000405", "$0.0075")
    assert table["Remarks"] == (
        "–",
        "It has no price for cached input, which is priced as plain input.",
    )


def test_what_a_model_cannot_take_or_price_is_said(
    viewer: Client, cheap: AIModelConfig, image_model: AIModelConfig
) -> None:
    table = lines(compared(viewer, cheap.model_name, image_model.model_name, output_tokens="5000"))
    assert table["Cost of a call"][1] == "no price"
    assert table["Remarks"][0] == "5,000 output tokens are more than the 4,096 that it gives at most."
    assert "has no rate for 1000 input_tokens" in table["Remarks"][1]


def test_an_alias_is_its_model(viewer: Client, cheap: AIModelConfig, dear: AIModelConfig) -> None:
    ModelAlias.objects.create(model=cheap, name=f"{cheap.model_name}-old")
    table = lines(compared(viewer, f"{cheap.model_name}-old", dear.model_name))
    assert table["Cost of a call"] == ("$0.00045", "$0.0075")
    both = compared(viewer, cheap.model_name, f"{cheap.model_name}-old")
    assert problems(both) == (
        f"{cheap.model_name}-old and {cheap.model_name} are one model; name each once.",
    )


def test_a_time_to_come_has_its_prices(viewer: Client, cheap: AIModelConfig, dear: AIModelConfig) -> None:
    make_rate(cheap, "input_tokens", "0.25", valid_from="2030-01-01T00:00:00Z")
    now = lines(compared(viewer, cheap.model_name, dear.model_name))
    assert now["Cost of a call"][0] == "$0.00045"
    for at in ("2030-01-01", "2030-01-01 00:00", "2030-01-01T01:00:00+01:00"):
        then = lines(compared(viewer, cheap.model_name, dear.model_name, at=at))
        assert then["Cost of a call"][0] == "$0.00055"


def test_a_time_before_the_models_has_no_prices(
    viewer: Client, cheap: AIModelConfig, dear: AIModelConfig
) -> None:
    response = compared(viewer, cheap.model_name, dear.model_name, at="2020-01-01")
    assert problems(response) == tuple(
        f"No prices of {model.model_name} are recorded for 2020-01-01T00:00:00Z." for model in (cheap, dear)
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"input_tokens": "-1"}, "Input tokens a call: “-1” is not a whole number."),
        ({"input_tokens": "1e9"}, "Input tokens a call: “1e9” is not a whole number."),
        ({"cached_share": "101"}, "it must be a number from 0 to 100"),
        ({"cached_share": "x"}, "Of the input cached, %: “x” is not a number such as 60."),
        ({"calls_a_month": "0"}, "it must be a whole number from 1 to"),
        ({"images": "99999999999999999"}, "it must be a whole number from 0 to"),
        ({"input_tokens": "0", "output_tokens": "0"}, "The workload is empty"),
        ({"at": "tomorrow"}, "At "),
        ({"image_size": "\0"}, "printable characters"),
    ],
)
def test_bad_input_is_answered_in_a_sentence(
    viewer: Client, cheap: AIModelConfig, dear: AIModelConfig, query: dict[str, str], sentence: str
) -> None:
    response = compared(viewer, cheap.model_name, dear.model_name, **query)
    assert any(sentence in problem for problem in response.context["compare"].problems)
    assert not response.context["compare"].lines


def test_everything_that_is_wrong_is_said_at_once(viewer: Client, cheap: AIModelConfig) -> None:
    response = compared(
        viewer,
        *(cheap.model_name, "no-such-model"),
        input_tokens="-1",
        cached_share="101",
        calls_a_month="0",
        at="tomorrow",
    )
    said = problems(response)
    assert (len(said), said[:2]) == (
        5,
        (
            "No model has the name or alias 'no-such-model'.",
            "Input tokens a call: “-1” is not a whole number.",
        ),
    )
    assert "it must be a number from 0 to 100" in said[2]
    assert "it must be a whole number from 1 to" in said[3]
    assert said[4].startswith("At ")
    assert all(sentence.split("'")[0] in response.content.decode() for sentence in said)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ((), "Name two to four different models; these are none."),
        (("gpt-4o",), "Name two to four different models; these are 1."),
        (("gpt-4o", "gpt-4o"), "Name two to four different models; these are 1."),
        (
            ("gpt-4o", "gpt-4.1", "gpt-5.1", "gpt-5.2", "gpt-4o-mini"),
            "Name two to four different models; these are 5.",
        ),
        (("gpt-4o", "no-such-model"), "No model has the name or alias 'no-such-model'."),
        (("gpt-4o", "<script>"), "No model has the name or alias '<script>'."),
        (("gpt-4o", "a" * 5000), "No model has the name or alias"),
        (("gpt-4o", "\0"), "'\\x00' is no name of a model."),
    ],
)
def test_models_that_cannot_be_compared_are_named(
    viewer: Client, names: tuple[str, ...], sentence: str
) -> None:
    response = compared(viewer, *names)
    assert any(sentence in problem for problem in response.context["compare"].problems)
    assert "<script>alert" not in response.content.decode()


def test_without_a_question_there_is_a_form_and_no_complaint(viewer: Client) -> None:
    response = viewer.get(COMPARE)
    assert response.status_code == 200
    assert (response.context["compare"].problems, response.context["compare"].lines) == ((), ())
    assert 'name="input_tokens" value="1000"' in response.content.decode()


def test_the_list_leads_to_it(viewer: Client) -> None:
    assert f'href="{COMPARE}"' in viewer.get(url(AIModelConfig, "changelist")).content.decode()


def test_nobody_else_sees_it(make_user: MakeUser) -> None:
    assert logged_in(make_user("eve", "view_aiprovider")).get(COMPARE).status_code == 403
    assert Client().get(COMPARE).status_code == 302
