"""What is not understood is refused by name, with what is allowed; and nothing that is sent makes the server fail."""

from __future__ import annotations

from typing import Any

import pytest

from igny8_core.business.billing.models import AIProvider
from tests.modules.api.caller import MODELS, Caller

FILTERS = ["type", "provider", "default", "active", "at"]


@pytest.mark.parametrize(
    ("query", "message", "parameter", "value", "allowed"),
    [
        (
            "?colour=red",
            "unknown filter: colour; filters: type, provider, default, active, at",
            *("colour", "red", FILTERS),
        ),
        (
            "?Type=text",
            "unknown filter: Type; filters: type, provider, default, active, at",
            "Type",
            "text",
            FILTERS,
        ),
        (
            "?format=json",
            "unknown filter: format; filters: type, provider, default, active, at",
            "format",
            "json",
            FILTERS,
        ),
        ("?type=video", "type is 'video'; allowed: text, image", "type", "video", ["text", "image"]),
        ("?type=", "type is ''; allowed: text, image", "type", "", ["text", "image"]),
        (
            "?default=perhaps",
            "default is 'perhaps'; allowed: true, false",
            "default",
            "perhaps",
            ["true", "false"],
        ),
        ("?default=True", "default is 'True'; allowed: true, false", "default", "True", ["true", "false"]),
        ("?active=no", "active is 'no'; allowed: true, false, any", "active", "no", ["true", "false", "any"]),
        (
            "?type=text&type=text",
            "type is given 2 times; give it once",
            *("type", ["text", "text"], ["text", "image"]),
        ),
        ("?type=%00", "type is '�'; allowed: text, image", "type", "�", ["text", "image"]),
        ("?type=%FF", "type is '�'; allowed: text, image", "type", "�", ["text", "image"]),
    ],
)
def test_a_bad_filter_is_refused_with_what_is_allowed(
    reader: Caller, query: str, message: str, parameter: str, value: Any, allowed: list[str]
) -> None:
    answer = reader.get(MODELS + query)
    assert (answer.status, answer.code, answer.body["message"]) == (400, "invalid_request", message)
    assert answer.details == {"parameter": parameter, "value": value, "allowed": allowed}


def test_a_provider_that_does_not_exist_is_refused_with_those_that_do(reader: Caller) -> None:
    answer = reader.get(f"{MODELS}?provider=nobody")
    assert (answer.status, answer.code) == (400, "invalid_request")
    slugs = list(AIProvider.objects.values_list("slug", flat=True))
    assert answer.details == {"parameter": "provider", "value": "nobody", "allowed": slugs}
    assert "openai" in slugs


def test_one_model_takes_no_filter_of_the_list(reader: Caller) -> None:
    answer = reader.get(f"{MODELS}gpt-4o/?type=text")
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.body["message"] == "unknown filter: type; filters: active, at"
    assert answer.details == {"parameter": "type", "value": "text", "allowed": ["active", "at"]}


def test_a_long_value_is_shown_short(reader: Caller) -> None:
    answer = reader.get(f"{MODELS}?provider={'x' * 10_000}")
    assert (answer.status, answer.details["value"]) == (400, "x" * 200 + "…")
    assert len(answer.body["message"]) < 1_000


def test_too_many_filters_are_refused(reader: Caller) -> None:
    answer = reader.get(f"{MODELS}?{'&'.join(['type=text'] * 2_000)}")
    assert (answer.status, answer.code) == (400, "invalid_request")


def test_a_model_that_is_not_there_is_404_with_the_names_that_are(reader: Caller) -> None:
    answer = reader.get(f"{MODELS}gpt-9/")
    assert (answer.status, answer.code) == (404, "unknown_model")
    names = reader.get().names
    assert answer.details == {"model": "gpt-9", "model_type": "AI", "available": names}
    assert answer.body["message"] == (
        f"AI model 'gpt-9' is not available; available AI models: {', '.join(names)}"
    )


@pytest.mark.parametrize(
    "path",
    ["%00/", "%FF/", "a%0Ab/", "/", "%2F/", "%2e%2e/", "x" * 10_000 + "/", "gpt-4o//", "GPT-4O/", "%F0%9F/"],
)
def test_a_strange_name_is_404_in_the_envelope(reader: Caller, path: str) -> None:
    answer = reader.get(MODELS + path)
    assert (answer.status, answer.code in ("unknown_model", "not_found")) == (404, True)
    assert len(answer.body["message"]) < 1_500
