"""PATCH …/ai/models/NAME/: staff who may change models change them, and the history names who did."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User

from igny8_core.ai.ai_core import AICore
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.credits.models import Account, CatalogueVersion
from tests.callable_model import CallableModel
from tests.modules.api.caller import MODELS, Answer, Caller
from tests.modules.api.prices import add_alias

FIELDS = [
    *("display_name", "description", "input_cost_per_1m", "output_cost_per_1m", "cost_per_image"),
    *("context_window", "max_output_tokens", "valid_sizes"),
    *("supports_json_mode", "supports_vision", "supports_function_calling"),
    *("is_active", "is_default", "sort_order", "confirm"),
]
NOT_A_PRICE = 'a price is a string of plain decimals, such as "0.1500"; this is '


def stored(model: AIModelConfig) -> tuple[Any, ...]:
    """All that the database has of the model, its history and the catalogue's version."""
    return (
        AIModelConfig.objects.filter(pk=model.pk).values().get(),
        model.history.count(),
        CatalogueVersion.objects.get().version,
    )


@pytest.fixture
def before(model: AIModelConfig) -> tuple[Any, ...]:
    return stored(model)


def test_every_field_is_changed_and_the_answer_is_the_model_as_it_is(
    editor: Caller, model: AIModelConfig, provider: AIProvider
) -> None:
    answer = editor.patch(
        model.model_name,
        {
            "display_name": "Another name",
            "description": "What it is for",
            "input_cost_per_1m": "2.50",
            "output_cost_per_1m": "20",
            "context_window": 64000,
            "max_output_tokens": None,
            "supports_json_mode": True,
            "supports_vision": True,
            "supports_function_calling": True,
            "is_active": False,
            "sort_order": -7,
        },
    )
    assert answer.status == 200
    pricing = answer.body["data"].pop("pricing")
    assert [rate["amount"] for rate in pricing["prices"]] == ["2.5000", "20.0000"]
    assert answer.body == {
        "success": True,
        "message": "AI model updated successfully",
        "data": {
            "model_name": model.model_name,
            "display_name": "Another name",
            "model_type": "text",
            "provider": provider.slug,
            "input_cost_per_1m": "2.5000",
            "output_cost_per_1m": "20.0000",
            "context_window": 64000,
            "max_output_tokens": None,
            "supports_json_mode": True,
            "supports_vision": True,
            "is_default": False,
            "sort_order": -7,
            "pricing_display": "$2.5000/$20.0000 per 1M",
            "description": "What it is for",
            "supports_function_calling": True,
            "is_active": False,
            "provider_is_active": True,
            "rates": [],
            "aliases": [],
        },
    }
    shown = editor.get(f"{MODELS}{model.model_name}/?active=any")
    assert shown.body["data"] == answer.body["data"] | {"pricing": pricing}
    assert shown.headers["ETag"] == answer.headers["ETag"]


def test_an_image_model_has_its_own_fields(editor: Caller, provider: AIProvider) -> None:
    AIModelConfig.objects.create(
        model_name="painter/1",
        model_type="image",
        provider=provider,
        display_name="Painter",
        cost_per_image="0.1",
    )
    answer = editor.patch("painter/1", {"cost_per_image": "0.12", "valid_sizes": ["512x512"]})
    assert (answer.body["data"]["cost_per_image"], answer.body["data"]["valid_sizes"]) == (
        "0.1200",
        ["512x512"],
    )
    answer = editor.patch("painter/1", {"valid_sizes": ["large"]})
    refusal = 'a size is a string of width, "x" and height, e.g. "1024x1024"; this is none: \'large\''
    assert (answer.status, answer.details) == (400, {"fields": {"valid_sizes": [refusal]}, "errors": []})


def test_the_editor_is_named_in_the_row_and_in_its_history(
    editor: Caller, bob: User, model: AIModelConfig
) -> None:
    editor.patch(model.model_name, {"input_cost_per_1m": "1.5"})
    model.refresh_from_db()
    assert model.updated_by == bob
    latest, first = model.history.all()
    assert (latest.history_user, latest.history_type) == (bob, "~")
    assert (latest.input_cost_per_1m, latest.history_change_reason) == (Decimal("1.5"), "through the API")
    assert first.input_cost_per_1m == Decimal(1)


def test_the_next_call_is_charged_at_the_new_price(
    editor: Caller, account: Account, text_model: CallableModel
) -> None:
    text_model.answers_with_usage(1_000_000, 0)
    core = AICore(account=account)
    assert core.run_ai_request(prompt="Hello", model=text_model.name, max_tokens=5).cost == Decimal(1)
    assert editor.patch(text_model.name, {"input_cost_per_1m": "1.25"}).status == 200
    text_model.answers_with_usage(1_000_000, 0)
    assert core.run_ai_request(prompt="Hello", model=text_model.name, max_tokens=5).cost == Decimal("1.25")
    AIModelConfig.objects.filter(pk=text_model.config.pk).update(updated_by=None)


def test_saying_what_is_so_already_writes_nothing(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...]
) -> None:
    answer = editor.patch(model.model_name, {"input_cost_per_1m": "1.0000", "is_active": True})
    assert (answer.status, answer.body["data"]["input_cost_per_1m"]) == (200, "1.0000")
    assert stored(model) == before


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"input_cost_per_1m": 0.15}, {"input_cost_per_1m": [f"{NOT_A_PRICE}0.15"]}),
        ({"input_cost_per_1m": 2}, {"input_cost_per_1m": [f"{NOT_A_PRICE}2"]}),
        ({"input_cost_per_1m": "1e-7"}, {"input_cost_per_1m": [f"{NOT_A_PRICE}'1e-7'"]}),
        ({"input_cost_per_1m": "NaN"}, {"input_cost_per_1m": [f"{NOT_A_PRICE}'NaN'"]}),
        ({"input_cost_per_1m": "1,50"}, {"input_cost_per_1m": [f"{NOT_A_PRICE}'1,50'"]}),
        ({"input_cost_per_1m": "１"}, {"input_cost_per_1m": [f"{NOT_A_PRICE}'１'"]}),
        ({"input_cost_per_1m": "1\n"}, {"input_cost_per_1m": [f"{NOT_A_PRICE}'1\\n'"]}),
        ({"input_cost_per_1m": True}, {"input_cost_per_1m": [f"{NOT_A_PRICE}true"]}),
        (
            {"input_cost_per_1m": "0.123456789"},
            {"input_cost_per_1m": ["Ensure that there are no more than 8 decimal places."]},
        ),
        ({"is_active": "false"}, {"is_active": ["Must be a valid boolean."]}),
        ({"supports_vision": 1}, {"supports_vision": ["Must be a valid boolean."]}),
        ({"context_window": "5"}, {"context_window": ["A valid integer is required."]}),
        ({"context_window": 5.0}, {"context_window": ["A valid integer is required."]}),
        ({"context_window": True}, {"context_window": ["A valid integer is required."]}),
        ({"context_window": -1}, {"context_window": ["Ensure this value is greater than or equal to 0."]}),
        (
            {"sort_order": 2**31},
            {"sort_order": ["Ensure this value is less than or equal to 2147483647."]},
        ),
        ({"display_name": ""}, {"display_name": ["This field may not be blank."]}),
        (
            {"display_name": "a\u0000b", "description": "\ud800"},
            {
                "display_name": ["Null characters are not allowed."],
                "description": ["Surrogate characters are not allowed: U+D800."],
            },
        ),
        ({"valid_sizes": "1024x1024"}, {"valid_sizes": ['Expected a list of items but got type "str".']}),
        ({"valid_sizes": ["1x1", []]}, {"valid_sizes": ["item 1: Not a valid string."]}),
        ({"confirm": "yes"}, {"confirm": ["Must be a valid boolean."]}),
        ({"description": None}, {"description": ["This field may not be null."]}),
    ],
)
def test_a_value_that_is_none_is_refused_by_field(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...], body: Any, fields: dict[str, list[str]]
) -> None:
    answer = editor.patch(model.model_name, body)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.details == {"fields": fields, "errors": []}
    assert answer.body["message"] == "; ".join(f"{name}: {text}" for name, [text] in fields.items())
    assert stored(model) == before


@pytest.mark.parametrize(
    ("body", "fields", "errors"),
    [
        ({"input_cost_per_1m": "-1"}, {}, ["A price cannot be negative."]),
        (
            {"output_cost_per_1m": None},
            {},
            ["A text model needs an input price and an output price; 0 is a price."],
        ),
        (
            {"input_cost_per_1m": "1000000", "confirm": True},
            {},
            ["A price must be a number below one million dollars."],
        ),
    ],
)
def test_a_rule_of_the_table_refuses(
    editor: Caller,
    model: AIModelConfig,
    before: tuple[Any, ...],
    body: Any,
    fields: dict[str, list[str]],
    errors: list[str],
) -> None:
    answer = editor.patch(model.model_name, body)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.details == {"fields": fields, "errors": errors}
    assert stored(model) == before


@pytest.mark.parametrize("name", ["colour", "model_name", "provider", "model_type", "updated_by", "id"])
def test_a_field_that_is_not_known_is_refused_by_name(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...], name: str
) -> None:
    answer = editor.patch(model.model_name, {"display_name": "New", name: "x"})
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.body["message"] == f"unknown field: {name}; fields: {', '.join(FIELDS)}"
    assert answer.details == {"parameter": name, "value": "x", "allowed": FIELDS}
    assert stored(model) == before


@pytest.mark.parametrize("body", [{}, {"confirm": True}])
def test_a_change_of_nothing_is_refused(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...], body: Any
) -> None:
    answer = editor.patch(model.model_name, body)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.body["message"].startswith("name at least one field to change: display_name, ")
    assert stored(model) == before


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '"x"', "null", "1", "[" * 100_000, '{"sort_order": NaN}', "\xff"]
)
def test_a_body_that_is_no_object_is_refused(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...], body: str
) -> None:
    answer = editor.send("PATCH", f"{MODELS}{model.model_name}/", body.encode("latin-1"))
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert stored(model) == before


def test_a_form_is_not_read(editor: Caller, model: AIModelConfig, before: tuple[Any, ...]) -> None:
    url = f"{MODELS}{model.model_name}/"
    answer = editor.send("PATCH", url, "sort_order=1", content_type="application/x-www-form-urlencoded")
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert answer.details == {"allowed": ["application/json"]}
    assert stored(model) == before


def test_a_body_too_large_to_read_is_413(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...]
) -> None:
    answer = editor.patch(model.model_name, {"description": "x" * 3_000_000})
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert stored(model) == before


def test_a_parameter_is_refused(editor: Caller, model: AIModelConfig, before: tuple[Any, ...]) -> None:
    answer = editor.send("PATCH", f"{MODELS}{model.model_name}/?confirm=true", '{"sort_order": 1}')
    assert (answer.status, answer.details["parameter"]) == (400, "confirm")
    assert stored(model) == before


def test_an_alias_is_refused_with_the_models_own_name(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...]
) -> None:
    alias = f"{model.model_name}-2024-08-06"
    add_alias(model, alias)
    before = stored(model)
    answer = editor.patch(alias, {"input_cost_per_1m": "2"})
    assert (answer.status, answer.code, answer.body["message"]) == (
        404,
        "not_found",
        f"'{alias}' is an alias of {model.model_name}; a model is changed by its own name only, and nothing was changed",
    )
    assert stored(model) == before


def test_a_model_that_is_not_there_is_404(editor: Caller) -> None:
    answer = editor.patch("gpt-9", {"sort_order": 1})
    assert (answer.status, answer.code) == (404, "unknown_model")


@pytest.mark.parametrize(
    ("asks", "status", "code"),
    [
        ("reader", 403, "permission_denied"),
        ("viewer", 403, "permission_denied"),
        ("key", 403, "permission_denied"),
        ("nobody", 401, "not_authenticated"),
    ],
)
def test_others_change_nothing(
    request: pytest.FixtureRequest,
    model: AIModelConfig,
    before: tuple[Any, ...],
    asks: str,
    status: int,
    code: str,
) -> None:
    answer = request.getfixturevalue(asks).patch(model.model_name, {"input_cost_per_1m": "1.5"})
    assert (answer.status, answer.code) == (status, code)
    assert stored(model) == before


def suspicious(editor: Caller, model: AIModelConfig, **more: Any) -> Answer:
    return editor.patch(model.model_name, {"input_cost_per_1m": "10", "sort_order": 3, **more})


@pytest.mark.parametrize("more", [{}, {"confirm": False}])
def test_a_suspect_price_waits_for_confirmation(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...], more: dict[str, bool]
) -> None:
    answer = suspicious(editor, model, **more)
    assert (answer.status, answer.code) == (409, "confirmation_required")
    assert answer.details == {
        "suspects": [
            {
                "field": "input_cost_per_1m",
                "old": "1.0000",
                "new": "10.0000",
                "reason": "10 times as much",
            }
        ]
    }
    assert answer.body["message"] == (
        'input price: $1.00 -> $10.00 per 1M, 10 times as much. If it is meant, send "confirm": true with it'
    )
    assert stored(model) == before


def test_a_confirmed_one_is_stored(editor: Caller, model: AIModelConfig) -> None:
    answer = suspicious(editor, model, confirm=True)
    assert (answer.status, answer.body["data"]["input_cost_per_1m"]) == (200, "10.0000")
    assert answer.body["data"]["sort_order"] == 3


def test_the_default_changes_hands_in_one_step(editor: Caller, bob: User, model: AIModelConfig) -> None:
    try:
        answer = editor.patch(model.model_name, {"is_default": True, "sort_order": 9})
        assert (answer.status, answer.body["data"]["is_default"]) == (200, True)
        assert answer.body["data"]["sort_order"] == 9
        defaults = AIModelConfig.objects.filter(is_default=True, model_type="text")
        assert [config.model_name for config in defaults] == [model.model_name]
        old = AIModelConfig.objects.get(model_name="gpt-4o-mini")
        assert old.history.first().history_user == bob  # type: ignore[attr-defined]
    finally:
        assert editor.patch("gpt-4o-mini", {"is_default": True}).status == 200


@pytest.mark.parametrize("body", [{"is_active": False}, {"is_default": False}])
def test_the_default_is_neither_switched_off_nor_given_up(editor: Caller, body: dict[str, bool]) -> None:
    model = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    before = stored(model)
    answer = editor.patch("gpt-4o-mini", body)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert list(answer.details["fields"]) == list(body)
    assert stored(model) == before


def test_an_inactive_model_does_not_become_the_default(
    editor: Caller, model: AIModelConfig, before: tuple[Any, ...]
) -> None:
    answer = editor.patch(model.model_name, {"is_default": True, "is_active": False})
    assert (answer.status, answer.code) == (409, "default_refused")
    assert stored(model) == before


def test_a_browser_needs_its_csrf_token(bob: User, model: AIModelConfig, before: tuple[Any, ...]) -> None:
    caller = Caller(None)
    caller.client.handler.enforce_csrf_checks = True
    caller.client.force_login(bob)
    answer = caller.patch(model.model_name, {"sort_order": 4})
    assert (answer.status, answer.code) == (403, "csrf_failed")
    assert stored(model) == before
    caller.client.get("/admin/login/")
    caller.client.get("/admin/password_change/")
    token = caller.client.cookies["csrftoken"].value
    answer = caller.patch(model.model_name, {"sort_order": 4}, x_csrftoken=token)
    assert (answer.status, answer.body["data"]["sort_order"]) == (200, 4)
    assert model.history.first().history_user == bob  # type: ignore[attr-defined]


def test_a_token_needs_none(editor: Caller, model: AIModelConfig) -> None:
    editor.client.handler.enforce_csrf_checks = True
    assert editor.patch(model.model_name, json.loads('{"sort_order": 4}')).status == 200
