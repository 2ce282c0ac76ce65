"""The OpenAPI 3.1 schema is valid, is served to anybody, and says what the addresses really answer."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import get_resolver
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.api.release import RELEASE
from igny8_core.modules.auth import tokens
from tests.modules.api.caller import COMPARE, ESTIMATE, MODELS, Answer, Caller
from tests.modules.api.prices import add_rate

SCHEMA = "/api/schema/"
TOKEN = "/api/v1/auth/token/"
NAMED = f"{MODELS}{{model_name}}/"
HISTORY = f"{NAMED}history/"
OPERATIONS = {
    ("get", MODELS): "listAIModels",
    ("get", NAMED): "getAIModel",
    ("patch", NAMED): "updateAIModel",
    ("get", HISTORY): "getAIModelPriceHistory",
    ("get", ESTIMATE): "estimateCost",
    ("post", ESTIMATE): "estimateCosts",
    ("get", COMPARE): "compareAIModels",
    ("post", TOKEN): "obtainToken",
    ("post", f"{TOKEN}refresh/"): "refreshToken",
    ("post", f"{TOKEN}revoke/"): "revokeToken",
}


@pytest.fixture(scope="module")
def schema() -> Any:
    return Caller(None).get(SCHEMA).body


def operations(schema: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def check(schema: Any, part: Any, value: Any) -> None:
    Draft202012Validator(part | {"components": schema["components"]}).validate(value)


def test_it_is_valid(schema: Any) -> None:
    assert schema["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(schema).validate()


def test_it_is_generated_without_a_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_it_names_the_release_of_the_package(schema: Any) -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]
    assert project["version"] == RELEASE == schema["info"]["version"]


def test_it_has_every_address_of_the_api_by_a_good_name(schema: Any) -> None:
    assert {(m, path): operation["operationId"] for m, path, operation in operations(schema)} == OPERATIONS
    assert {tag for _, _, operation in operations(schema) for tag in operation["tags"]} == {
        tag["name"] for tag in schema["tags"]
    }
    routes = [str(entry.pattern) for entry in get_resolver().url_patterns if "api/v1" in str(entry.pattern)]
    assert routes == ["api/v1/auth/", "api/v1/billing/"]


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        ("", "*/*", "application/json"),
        ("?format=json", "text/html, */*", "application/json"),
        ("", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
    ],
)
def test_it_comes_as_json_to_anybody(
    schema: Any, nobody: Caller, query: str, accept: str, content_type: str
) -> None:
    answer = nobody.get(SCHEMA + query, accept=accept, authorization="Bearer nonsense")
    assert (answer.status, answer.body) == (200, schema)
    assert answer.headers["Content-Type"].split(";")[0] == content_type


def test_it_comes_as_yaml_to_who_asks(schema: Any, nobody: Caller) -> None:
    response = nobody.client.get(SCHEMA, {"format": "yaml"})
    assert response.headers["Content-Type"].startswith("application/vnd.oai.openapi")
    assert response.content.startswith(b"openapi: 3.1")


def test_the_ways_to_authenticate(schema: Any) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert {name: (scheme["type"], scheme.get("scheme")) for name, scheme in schemes.items()} == {
        "accessToken": ("http", "bearer"),
        "apiKey": ("http", "bearer"),
        "session": ("apiKey", None),
    }
    for _, path, operation in operations(schema):
        security = operation.get("security", [])
        assert security == (
            [] if path.startswith(TOKEN) else [{"apiKey": []}, {"accessToken": []}, {"session": []}]
        )


def test_parameters_have_their_values(schema: Any) -> None:
    parameters = schema["paths"][MODELS]["get"]["parameters"]
    allowed = {p["name"]: sorted(p["schema"].get("enum", [])) for p in parameters if p["in"] == "query"}
    assert allowed == {
        "type": ["image", "text"],
        "provider": [],
        "default": ["false", "true"],
        "active": ["any", "false", "true"],
        "at": [],
    }


def test_headers_are_described_where_they_are_sent(schema: Any) -> None:
    for method, path, operation in operations(schema):
        responses = operation["responses"]
        assert "Retry-After" in responses["429"]["headers"]
        assert "WWW-Authenticate" in responses["401"]["headers"]
        if path.startswith(MODELS):
            assert {"ETag", "Cache-Control"} <= responses["200"]["headers"].keys()
            condition = "If-Match" if method == "patch" else "If-None-Match"
            assert condition in [p["name"] for p in operation["parameters"] if p["in"] == "header"]
            if method == "get":
                assert "content" not in responses["304"]


def test_every_example_is_what_its_schema_says(schema: Any) -> None:
    count = 0
    for _, _, operation in operations(schema):
        contents = [response.get("content", {}) for response in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in contents:
            for media in content.values():
                for example in media.get("examples", {}).values():
                    check(schema, media["schema"], example["value"])
                    count += 1
    assert count > 140


def test_every_error_has_an_example(schema: Any) -> None:
    for _, path, operation in operations(schema):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                media = response["content"]["application/json"]
                assert media["schema"] == {"$ref": "#/components/schemas/Error"}
                assert media["examples"], (path, status)


def test_the_samples_are_what_is_answered(schema: Any, reader: Caller) -> None:
    def examples(path: str) -> Any:
        return schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["examples"]

    listed = reader.get(f"{MODELS}?type=text&default=true").body
    assert examples(MODELS)["TextModel"]["value"] == listed
    assert list(examples(MODELS)["TextModel"]["value"]["data"][0]) == list(listed["data"][0])
    for name, model in (("TextModel", "gpt-4o-mini"), ("ImageModel", "dall-e-3")):
        assert examples(NAMED)[name]["value"] == reader.get(f"{MODELS}{model}/").body


def test_the_fields_of_a_change_are_those_that_are_read(schema: Any, editor: Caller) -> None:
    allowed = editor.patch("gpt-4o", {"colour": 1}).details["allowed"]
    media = schema["paths"][NAMED]["patch"]["requestBody"]["content"]["application/json"]
    edit = schema["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]
    assert list(edit["properties"]) == allowed
    assert edit["additionalProperties"] is False


def said(schema: Any, method: str, path: str, answer: Answer) -> int:
    """Fails where the schema does not say this answer; returns its status."""
    response = schema["paths"][path][method]["responses"][str(answer.status)]
    if answer.body is None:
        assert "content" not in response
    else:
        check(schema, response["content"]["application/json"]["schema"], answer.body)
    for header in ("ETag", "Retry-After", "WWW-Authenticate"):
        assert (header in answer.headers) <= (header in response.get("headers", {}))
    return answer.status


def test_what_is_read_answers_as_described(
    schema: Any, reader: Caller, viewer: Caller, nobody: Caller, key: Caller
) -> None:
    tag = reader.get().headers["ETag"]
    answers = [
        (MODELS, reader.get()),
        (MODELS, key.get(f"{MODELS}?type=image")),
        (MODELS, viewer.get(f"{MODELS}?active=any")),
        (MODELS, reader.get(if_none_match=tag)),
        (MODELS, reader.get(f"{MODELS}?colour=red")),
        (MODELS, nobody.get()),
        (MODELS, reader.get(f"{MODELS}?active=any")),
        (MODELS, reader.get(accept="text/html")),
        (NAMED, reader.get(f"{MODELS}gpt-4o/")),
        (NAMED, viewer.get(f"{MODELS}gpt-image-1/?active=false")),
        (NAMED, reader.get(f"{MODELS}gpt-4o/?type=text")),
        (NAMED, reader.get(f"{MODELS}gpt-9/")),
        (NAMED, nobody.get(f"{MODELS}gpt-9/")),
    ]
    statuses = [said(schema, "get", path, answer) for path, answer in answers]
    assert statuses == [200, 200, 200, 304, 400, 401, 403, 406, 200, 200, 400, 404, 401]


def test_questions_about_prices_answer_as_described(
    schema: Any, reader: Caller, key: Caller, nobody: Caller, model: AIModelConfig
) -> None:
    add_rate(model, "images", "0.04", per=1, image_size="1x1", image_quality="*", checked_on="2026-11-22")
    name = model.model_name
    history = f"{MODELS}{name}/history/"
    compare = f"{COMPARE}?cached_share=50&models=gpt-4o,{name},dall-e-3"
    tag = reader.get(history).headers["ETag"]
    usage = {"input_tokens": 1000, "images": 1}
    model_answers = [
        (NAMED, reader.get(f"{MODELS}{name}/?at=2999-01-01T00:00:00Z")),
        (NAMED, reader.get(f"{MODELS}{name}/?at=2001-01-01T00:00:00Z")),
        (MODELS, reader.get(f"{MODELS}?at=2999-01-01T00:00:00Z")),
        (HISTORY, reader.get(history)),
        (HISTORY, reader.get(history, if_none_match=tag)),
        (HISTORY, reader.get(f"{history}?page=0")),
        (HISTORY, nobody.get(history)),
        (HISTORY, reader.get(f"{MODELS}gpt-9/history/")),
        (ESTIMATE, key.get(f"{ESTIMATE}?model={name}&input_tokens=5")),
        (ESTIMATE, reader.get(f"{ESTIMATE}?model={name}")),
        (COMPARE, reader.get(f"{compare}&input_tokens=7")),
        (COMPARE, reader.get(f"{compare}&images=2&image_size=1x1&image_quality=hd")),
        (COMPARE, reader.get(f"{compare},gpt-9&images=1")),
        (COMPARE, reader.get(compare)),
    ]
    statuses = [said(schema, "get", path, answer) for path, answer in model_answers]
    assert statuses == [200, 404, 200, 200, 304, 400, 401, 404, 200, 400, 200, 200, 404, 400]
    posted = [
        reader.post(ESTIMATE, {"models": [name, "gpt-4o", "gpt-9"], "usage": usage}),
        reader.post(ESTIMATE, []),
        nobody.post(ESTIMATE, {}),
        reader.post(ESTIMATE, {"model": "x" * 3_000_000}),
        reader.send("POST", ESTIMATE, "x", content_type="text/plain"),
    ]
    assert [said(schema, "post", ESTIMATE, answer) for answer in posted] == [200, 400, 401, 413, 415]


def test_the_examples_of_prices_are_what_is_answered(schema: Any, reader: Caller) -> None:
    def example(path: str, method: str, name: str) -> Any:
        media = schema["paths"][path][method]["responses"]["200"]["content"]["application/json"]
        return media["examples"][name]["value"]

    # The day of the example has come when its prices are known; today's are the same.
    body = schema["paths"][ESTIMATE]["post"]["requestBody"]["content"]["application/json"]["examples"]
    asked = {name: body["ThreeModels"]["value"][name] for name in ("models", "usage")}
    answer = reader.post(ESTIMATE, asked).body
    answer["data"]["as_of"] = "2026-12-01T00:00:00Z"
    assert answer == example(ESTIMATE, "post", "Estimate")
    query = (
        "models=gpt-4o-mini,gpt-4.1&input_tokens=2000&output_tokens=300&cached_share=50&calls_a_month=100000"
    )
    answer = reader.get(f"{COMPARE}?{query}").body
    answer["data"]["as_of"] = "2026-12-01T00:00:00Z"
    assert answer == example(COMPARE, "get", "TwoModels")


def test_a_change_answers_as_described(
    schema: Any, editor: Caller, reader: Caller, nobody: Caller, model: AIModelConfig
) -> None:
    name = model.model_name
    answers = [
        editor.patch(name, {"sort_order": 3}),
        editor.patch(name, {"sort_order": "3"}),
        nobody.patch(name, {"sort_order": 3}),
        reader.patch(name, {"sort_order": 3}),
        editor.patch("gpt-9", {"sort_order": 3}),
        editor.patch(name, {"input_cost_per_1m": "100"}),
        editor.patch(name, {"sort_order": 4}, if_match='"old"'),
        editor.patch(name, {"description": "x" * 3_000_000}),
        editor.send("PATCH", f"{MODELS}{name}/", "x", content_type="text/plain"),
    ]
    statuses = [said(schema, "patch", NAMED, answer) for answer in answers]
    assert statuses == [200, 400, 401, 403, 404, 409, 412, 413, 415]


def test_tokens_answer_as_described(schema: Any, alice: User, nobody: Caller, settings: Any) -> None:
    def post(address: str, **body: str) -> int:
        return said(schema, "post", TOKEN + address, nobody.send("POST", TOKEN + address, json.dumps(body)))

    refresh = tokens.issue(alice)[1]
    assert post("", username=alice.username, password="alice says so") == 200
    assert [post("", username="a"), post("", username="a", password="b")] == [400, 401]
    assert [post("refresh/", refresh=token) for token in (refresh, "x", "")] == [200, 401, 400]
    assert [post("revoke/", refresh=token) for token in (refresh, "x", "")] == [200, 401, 400]
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | {"token_refresh": "1/h"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    assert post("refresh/", refresh=refresh) == 429


@pytest.mark.parametrize("name", ["MethodNotAllowed", "ContentType"])
def test_the_examples_of_refusals_that_name_what_is_allowed_are_what_is_answered(
    schema: Any, editor: Caller, name: str
) -> None:
    found = 0
    for method, path, operation in operations(schema):
        examples = operation["responses"].get("405" if name == "MethodNotAllowed" else "415", {})
        if not examples:
            continue
        verb = "PUT" if name == "MethodNotAllowed" else method.upper()
        url = path.format(model_name="gpt-4o")
        answer = editor.send(verb, url, "x", content_type="text/plain")
        assert examples["content"]["application/json"]["examples"][name]["value"] == answer.body
        found += 1
    assert found == (10 if name == "MethodNotAllowed" else 5)


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/redoc/"])
def test_a_page_is_only_looked_at(nobody: Caller, path: str, method: str) -> None:
    assert nobody.client.generic(method, path).status_code == 405


@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/redoc/"])
def test_a_page_is_found_without_its_last_slash(nobody: Caller, path: str) -> None:
    response = nobody.client.get(path[:-1])
    assert (response.status_code, response.headers["Location"]) == (302, path)


@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/redoc/"])
def test_the_browser_is_told_to_ask_no_other_host(nobody: Caller, path: str) -> None:
    response = nobody.client.get(path)
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; script-src 'self'")
    assert "http" not in policy
    assert b"https://" not in response.content
