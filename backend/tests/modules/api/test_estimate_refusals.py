"""What …/ai/estimate/ refuses: each question that is not understood, in a sentence that names the field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.modules.api.caller import ESTIMATE, Caller

MOST = 1_000_000_000_000
USAGE = {"input_tokens": 1}
COUNT = f"it must be a whole number from 0 to {MOST}"


@pytest.mark.parametrize(
    ("body", "parameter", "message"),
    [
        ([], "", "the body must be an object with model, models, usage, at; this is []"),
        ("x", "", "the body must be an object with model, models, usage, at; this is 'x'"),
        (None, "", "the body must be an object with model, models, usage, at; this is null"),
        ({}, "models", "give either model or models"),
        ({"model": "a", "models": ["b"], "usage": USAGE}, "models", "give either model or models"),
        (
            {"model": "a", "usage": USAGE, "colour": 1},
            "colour",
            "unknown field: colour; fields: model, models, usage, at",
        ),
        (
            {"model": "a", "usage": USAGE, "service_tier": "flex"},
            "service_tier",
            'service_tier belongs in usage: {"usage": {"service_tier": …}}',
        ),
        (
            {"model": "a", "usage": None},
            "usage",
            'usage is null; it must be an object, such as {"input_tokens": 1000}',
        ),
        (
            {"model": ["a"], "usage": USAGE},
            "model",
            "model: ['a'] is no model's name, which has 1 to 255 printable characters",
        ),
        (
            {"model": "a\x00b", "usage": USAGE},
            "model",
            "model: 'a\\x00b' is no model's name, which has 1 to 255 printable characters",
        ),
        (
            {"model": "\ud800", "usage": USAGE},
            "model",
            "model: '\\ud800' is no model's name, which has 1 to 255 printable characters",
        ),
        (
            {"model": "", "usage": USAGE},
            "model",
            "model: '' is no model's name, which has 1 to 255 printable characters",
        ),
        (
            {"model": 5, "usage": USAGE},
            "model",
            "model: 5 is no model's name, which has 1 to 255 printable characters",
        ),
        ({"models": "a", "usage": USAGE}, "models", "models is 'a'; it must be a list of names"),
        ({"models": {"a": 1}, "usage": USAGE}, "models", "models is {'a': 1}; it must be a list of names"),
        ({"models": [], "usage": USAGE}, "models", "models has 0 names; it takes 1 to 20"),
        ({"models": ["a"] * 21, "usage": USAGE}, "models", "models has 21 names; it takes 1 to 20"),
        (
            {"models": ["a", "b", "a"], "usage": USAGE},
            "models",
            "models has 'a' 2 times; name each model once",
        ),
        (
            {"models": ["a", ["b"]], "usage": USAGE},
            "models",
            "models: ['b'] is no model's name, which has 1 to 255 printable characters",
        ),
        (
            {"model": "a"},
            "usage",
            'usage is missing; it must be an object, such as {"input_tokens": 1000}',
        ),
        (
            {"model": "a", "usage": [1]},
            "usage",
            'usage is [1]; it must be an object, such as {"input_tokens": 1000}',
        ),
        (
            {"model": "a", "usage": {}},
            "usage",
            "usage counts nothing; give at least one unit, such as input_tokens",
        ),
        (
            {"model": "a", "usage": {"service_tier": "flex"}},
            "usage",
            "usage counts nothing; give at least one unit, such as input_tokens",
        ),
        ({"model": "a", "usage": {"input_tokens": -1}}, "usage", f"input_tokens is -1; {COUNT}"),
        ({"model": "a", "usage": {"input_tokens": 1.0}}, "usage", f"input_tokens is 1.0; {COUNT}"),
        ({"model": "a", "usage": {"input_tokens": "1"}}, "usage", f"input_tokens is '1'; {COUNT}"),
        ({"model": "a", "usage": {"input_tokens": True}}, "usage", f"input_tokens is true; {COUNT}"),
        ({"model": "a", "usage": {"input_tokens": None}}, "usage", f"input_tokens is null; {COUNT}"),
        (
            {"model": "a", "usage": {"images": MOST + 1}},
            "usage",
            f"images is {MOST + 1}; {COUNT}",
        ),
        (
            {"model": "a", "usage": USAGE | {"is_batch": 1}},
            "usage",
            "is_batch is 1; it must be true or false",
        ),
        (
            {"model": "a", "usage": USAGE | {"service_tier": "\x00"}},
            "usage",
            "service_tier is '\\x00'; it must be at most 50 printable characters",
        ),
        (
            {"model": "a", "usage": USAGE | {"image_size": ["1x1"]}},
            "usage",
            "image_size is ['1x1']; it must be at most 50 printable characters",
        ),
        (
            {"model": "a", "usage": USAGE, "at": 5},
            "at",
            "at is 5; it must be written like 2026-12-01T00:00:00Z",
        ),
        (
            {"model": "a", "usage": USAGE, "at": "2026-12-01"},
            "at",
            "at is '2026-12-01'; it must be written like 2026-12-01T00:00:00Z",
        ),
        (
            {"model": "a", "usage": USAGE, "at": "2026-12-01T00:00:00"},
            "at",
            "at is '2026-12-01T00:00:00'; its time zone is missing; it must be written like 2026-12-01T00:00:00Z",
        ),
        (
            {"model": "a", "usage": USAGE, "at": "2026-02-30T00:00:00Z"},
            "at",
            "at is '2026-02-30T00:00:00Z'; there is no such time; it must be written like 2026-12-01T00:00:00Z",
        ),
        (
            {"model": "a", "usage": USAGE, "at": "0001-01-01T00:00:00+23:59"},
            "at",
            "at is '0001-01-01T00:00:00+23:59'; there is no such time; it must be written like 2026-12-01T00:00:00Z",
        ),
        *(
            (
                {"model": "a", "usage": USAGE, "at": time},
                "at",
                f"at is '{time}'; it must be between the years 2000 and 3000",
            )
            for time in ("1999-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "2000-01-01T00:30:00+01:00")
        ),
    ],
)
def test_a_question_that_is_not_understood_is_refused_by_field(
    reader: Caller, body: Any, parameter: str, message: str
) -> None:
    answer = reader.post(ESTIMATE, body)
    assert (answer.status, answer.code, answer.body["message"]) == (400, "invalid_request", message)
    assert answer.details["parameter"] == parameter


def test_an_unknown_unit_is_refused_with_those_there_are(reader: Caller) -> None:
    answer = reader.post(ESTIMATE, {"model": "a", "usage": {"tokens\ud800": 1}})
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.body["message"].startswith(
        "unknown unit: tokens�; units: input_tokens, cached_input_tokens, "
    )
    assert answer.details["allowed"][-2:] == ["image_size", "image_quality"]


@pytest.mark.parametrize(
    "body",
    [
        '{"usage": {"input_tokens": NaN}}',
        "{",
        '{"usage": {"input_tokens": ' + "9" * 5000 + "}}",
        "[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(reader: Caller, body: str) -> None:
    answer = reader.send("POST", ESTIMATE, body)
    assert (answer.status, answer.code) == (400, "invalid_request")


def test_a_huge_exponent_is_no_count(reader: Caller) -> None:
    answer = reader.send("POST", ESTIMATE, '{"model": "a", "usage": {"input_tokens": 1e400}}')
    assert (answer.status, answer.code) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "model is missing; give a model's name or alias"),
        ("model=a", "usage counts nothing; give at least one unit, such as input_tokens"),
        ("model=a&input_tokens=-1", f"input_tokens is '-1'; {COUNT}"),
        ("model=a&input_tokens=1.5", f"input_tokens is '1.5'; {COUNT}"),
        ("model=a&input_tokens=%D9%A1", f"input_tokens is '١'; {COUNT}"),
        ("model=a&input_tokens=%00", f"input_tokens is '\\x00'; {COUNT}"),
        ("model=a&input_tokens=" + "9" * 20, f"input_tokens is {'9' * 20}; {COUNT}"),
        ("model=a&input_tokens=1&input_tokens=2", "input_tokens is given 2 times; give it once"),
        ("model=a&input_tokens=1&is_batch=yes", "is_batch is 'yes'; allowed: true, false"),
        (
            "model=a&input_tokens=1&at=2026-12-01T00:00:00+01:00",
            "at is '2026-12-01T00:00:00 01:00'; in an address the + of an offset is written %2B, as"
            " 2026-12-01T00:00:00%2B01:00",
        ),
    ],
)
def test_an_address_that_is_not_understood_is_refused(reader: Caller, query: str, message: str) -> None:
    answer = reader.get(f"{ESTIMATE}?{query}")
    assert (answer.status, answer.code, answer.body["message"]) == (400, "invalid_request", message)


def test_a_form_is_not_read(reader: Caller) -> None:
    answer = reader.send("POST", ESTIMATE, "model=a", content_type="application/x-www-form-urlencoded")
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


def test_a_query_beside_a_body_is_refused(reader: Caller) -> None:
    answer = reader.post(f"{ESTIMATE}?at=2026-12-01T00:00:00Z", {"model": "a", "usage": USAGE})
    assert (answer.status, answer.body["message"]) == (400, "unknown filter: at; there are no filters here")
