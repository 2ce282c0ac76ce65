"""Over real HTTP, with two worker processes: rates that hold for both together, HEAD, 304, and addresses of any bytes."""

from __future__ import annotations

import http.client
import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User

from dev.serving import serving
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.modules.auth import tokens
from tests.modules.api.caller import MODELS, Caller


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.modules.api.slow_settings"}
    with serving(environment=environment, workers=2) as url:
        yield url


def connect(served: str) -> closing[http.client.HTTPConnection]:
    address = urlsplit(served)
    return closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=60))


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    content = answer.read()
    return answer.status, json.loads(content) if content else None, dict(answer.getheaders())


def ask_anew(served: str, method: str, path: str, body: str | None = None, **headers: str) -> Any:
    """On a connection of its own, so that the kernel deals them out to both workers."""
    with connect(served) as connection:
        return ask(connection, method, path, body, **headers)


def test_a_burst_gets_exactly_what_the_rate_allows_whichever_worker_answers(served: str, alice: User) -> None:
    token = f"Bearer {tokens.issue(alice)[0]}"

    def once(_: int) -> tuple[int, str | None]:
        status, body, headers = ask_anew(served, "GET", MODELS, authorization=token)
        if status == 429:
            assert body["error"]["code"] == "throttled"
            assert headers["retry-after"] == str(body["error"]["details"]["retry_after_seconds"])
        return status, headers.get("retry-after")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(once, range(100)))
    assert Counter(status for status, _ in answers) == {200: 40, 429: 60}
    assert {int(seconds) for _, seconds in answers if seconds} <= set(range(60, 91))


def test_guesses_are_counted_by_both_workers_whatever_the_headers_say(served: str) -> None:
    def guess(number: int) -> int:
        body = json.dumps({"username": f"user-{number}", "password": "wrong"})
        headers = {"content_type": "application/json", "x_forwarded_for": f"198.51.100.{number}"}
        return ask_anew(served, "POST", "/api/v1/auth/token/", body, **headers)[0]

    with ThreadPoolExecutor(4) as threads:
        assert Counter(threads.map(guess, range(12))) == {401: 5, 429: 7}


def test_head_and_304_have_no_body_and_leave_the_connection_whole(served: str, key: Caller) -> None:
    with connect(served) as connection:
        token = f"Bearer {key.token}"
        status, body, headers = ask(connection, "GET", MODELS, authorization=token)
        assert (status, body["success"]) == (200, True)
        status, body, head = ask(connection, "HEAD", MODELS, authorization=token)
        assert (status, body, head["etag"]) == (200, None, headers["etag"])
        status, body, again = ask(
            connection, "GET", MODELS, authorization=token, if_none_match=f'"x", W/{headers["etag"]}'
        )
        assert (status, body) == (304, None)
        for name in ("etag", "cache-control", "vary"):
            assert again[name] == headers[name]
        status, body, _ = ask(connection, "GET", MODELS, if_none_match=headers["etag"])
        assert (status, body["error"]["code"]) == (401, "not_authenticated")
        assert ask(connection, "GET", MODELS, authorization=token)[0] == 200


def test_a_name_with_a_slash_is_found_however_it_is_written(
    served: str, key: Caller, provider: AIProvider
) -> None:
    AIModelConfig.objects.create(
        model_name="meta-llama/Llama-3", model_type="image", provider=provider, cost_per_image="0.1"
    )
    for spelled in ("meta-llama/Llama-3", "meta-llama%2FLlama-3"):
        status, body, _ = ask_anew(served, "GET", f"{MODELS}{spelled}/", authorization=f"Bearer {key.token}")
        assert (status, body["data"]["model_name"]) == (200, "meta-llama/Llama-3")


@pytest.mark.parametrize(
    "path",
    [
        "%00/",
        "%FF%FE/",
        "%ED%A0%80/",
        "x" * 10_000 + "/",
        "?provider=%00",
        "?type=%FF",
        "?%FF=1",
        "?type=" + "x" * 10_000,
        "?active=any&active=any",
    ],
)
def test_any_bytes_are_answered_in_the_envelope(served: str, key: Caller, path: str) -> None:
    status, body, _ = ask_anew(served, "GET", MODELS + path, authorization=f"Bearer {key.token}")
    assert status in (400, 404)
    assert list(body) == ["success", "message", "error"]


@pytest.mark.parametrize("method", ["DELETE", "PUT", "OPTIONS"])
def test_other_methods_are_answered_in_the_envelope(served: str, key: Caller, method: str) -> None:
    status, body, _ = ask_anew(served, method, MODELS, authorization=f"Bearer {key.token}")
    assert (status, body["success"]) == ((200, True) if method == "OPTIONS" else (405, False))
