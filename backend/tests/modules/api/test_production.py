"""With IGNY8_DEBUG=0, behind a proxy that ends TLS: the API, its pages and the login work, and errors say nothing of the inside."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from dev.serving import serving
from tests.modules.api.caller import MODELS, Caller

HOST = "prices.example"
PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}
LOGIN = "/admin/login/"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    environment = {
        **os.environ,
        "IGNY8_DEBUG": "0",
        "IGNY8_HTTPS": "1",
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": f"127.0.0.1,{HOST}",
    }
    with serving(environment=environment) as url:
        yield url


def ask(
    served: str, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, str, dict[str, str], SimpleCookie]:
    address = urlsplit(served)
    with closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)) as connection:
        connection.request(method, path, body, PROXY | {n.replace("_", "-"): v for n, v in headers.items()})
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie", [])))
        return answer.status, answer.read().decode(), named, cookies


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/", "/api/docs/redoc/", LOGIN])
def test_pages_are_there(served: str, path: str) -> None:
    assert ask(served, "GET", path)[0] == 200


def test_models_are_there(served: str, reader: Caller) -> None:
    status, body, _, _ = ask(served, "GET", MODELS, Authorization=f"Bearer {reader.token}")
    assert (status, body.startswith('{"success":true')) == (200, True)


def test_a_browser_logs_in_and_its_cookies_leave_over_https_only(served: str, bob: User) -> None:
    _, page, _, cookies = ask(served, "GET", LOGIN)
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    form = urlencode({"csrfmiddlewaretoken": token, "username": bob.username, "password": "bob says so"})
    status, _, headers, given = ask(
        served,
        "POST",
        f"{LOGIN}?next=/admin/",
        form,
        Content_Type="application/x-www-form-urlencoded",
        Cookie=f"csrftoken={cookies['csrftoken'].value}",
        Origin=f"https://{HOST}",
    )
    assert (status, headers["location"]) == (302, "/admin/")
    assert bool(cookies["csrftoken"]["secure"])
    assert (bool(given["sessionid"]["secure"]), bool(given["sessionid"]["httponly"])) == (True, True)


def test_another_host_is_refused_in_the_envelope(served: str) -> None:
    status, body, headers, _ = ask(served, "GET", MODELS, Host="evil.example")
    assert (status, headers["content-type"]) == (400, "application/json")
    assert body == (
        '{"success": false, "message": "the request is malformed",'
        ' "error": {"code": "invalid_request", "details": {}}}'
    )
