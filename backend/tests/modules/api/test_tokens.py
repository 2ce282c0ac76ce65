"""Tokens of users: obtained, renewed, revoked; ended by deactivation and by a new password."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from igny8_core.modules.auth import tokens
from tests.modules.api.caller import MODELS, Answer, Caller

TOKEN = "/api/v1/auth/token/"
REFRESH = f"{TOKEN}refresh/"
REVOKE = f"{TOKEN}revoke/"


def post(url: str, body: Any) -> Answer:
    return Caller(None).send("POST", url, json.dumps(body))


def log_in(user: User) -> dict[str, str]:
    password = f"{user.username.split('-')[0]} says so"
    answer = post(TOKEN, {"username": user.username, "password": password})
    assert answer.status == 200
    data: dict[str, str] = answer.body["data"]
    return data


def use(access: str) -> str:
    """ "ok", or the code of the refusal."""
    answer = Caller(access).get()
    return "ok" if answer.status == 200 else answer.code


def renew(refresh: str) -> str:
    answer = post(REFRESH, {"refresh": refresh})
    return "ok" if answer.status == 200 else answer.code


def test_tokens_come_in_the_envelope_and_are_not_kept_by_caches(alice: User) -> None:
    answer = post(TOKEN, {"username": alice.username, "password": "alice says so"})
    assert answer.status == 200
    assert list(answer.body) == ["success", "message", "data"]
    assert (answer.body["success"], answer.body["message"]) == (True, "Token issued")
    assert list(answer.body["data"]) == ["refresh", "access"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert use(answer.body["data"]["access"]) == "ok"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", "username={}&password=alice+says+so"),
        ("application/json", '{{"username": "{}", "password": "alice says so"}}'),
    ],
)
def test_forms_and_json_are_read(alice: User, content_type: str, body: str) -> None:
    answer = Caller(None).send("POST", TOKEN, body.format(alice.username), content_type=content_type)
    assert answer.status == 200


def test_a_refresh_token_gives_a_new_access_token(alice: User) -> None:
    answer = post(REFRESH, {"refresh": log_in(alice)["refresh"]})
    assert (answer.status, list(answer.body["data"])) == (200, ["access"])
    assert use(answer.body["data"]["access"]) == "ok"


def test_an_access_token_lives_for_15_minutes_and_a_refresh_token_for_a_day(alice: User) -> None:
    issued = log_in(alice)
    access, refresh = AccessToken(issued["access"]), RefreshToken(issued["refresh"])  # type: ignore[arg-type]
    assert (access["exp"] - access["iat"], refresh["exp"] - refresh["iat"]) == (15 * 60, 24 * 3600)


def test_no_valid_token_is_readable_in_the_database(alice: User) -> None:
    before = OutstandingToken.objects.count()
    issued = log_in(alice)
    renew(issued["refresh"])
    assert OutstandingToken.objects.count() == before


def test_revoking_ends_the_refresh_token_and_every_access_token_from_it(alice: User) -> None:
    issued, other = log_in(alice), log_in(alice)
    renewed = post(REFRESH, {"refresh": issued["refresh"]}).body["data"]["access"]
    answer = post(REVOKE, {"refresh": issued["refresh"]})
    assert (answer.status, answer.body) == (
        200,
        {"success": True, "message": "Token revoked", "data": None},
    )
    assert [use(issued["access"]), use(renewed), renew(issued["refresh"])] == ["token_revoked"] * 3
    assert [use(other["access"]), renew(other["refresh"])] == ["ok", "ok"]


def test_revoking_again_is_no_error_and_kept_once(alice: User) -> None:
    issued = log_in(alice)
    before = BlacklistedToken.objects.count()
    assert [post(REVOKE, {"refresh": issued["refresh"]}).status for _ in range(2)] == [200, 200]
    assert BlacklistedToken.objects.count() == before + 1


@pytest.mark.parametrize("given", ["access", "nonsense", "", None, 7, ["a"], "a.b.c", "é.é.é", "\x00"])
def test_what_never_was_a_refresh_token_is_neither_renewed_nor_revoked(alice: User, given: Any) -> None:
    issued = log_in(alice)
    before = BlacklistedToken.objects.count()
    for url in (REFRESH, REVOKE):
        answer = post(url, {"refresh": issued.get(given, given) if isinstance(given, str) else given})
        assert (answer.status, answer.code) in [(401, "token_not_valid"), (400, "invalid_request")]
    assert BlacklistedToken.objects.count() == before
    assert [use(issued["access"]), renew(issued["refresh"])] == ["ok", "ok"]


def test_a_refresh_token_is_no_access_token(alice: User) -> None:
    assert use(log_in(alice)["refresh"]) == "token_not_valid"


def test_a_deactivated_user_loses_the_tokens(alice: User) -> None:
    issued = log_in(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert [use(issued["access"]), renew(issued["refresh"])] == ["user_inactive"] * 2
    answer = post(TOKEN, {"username": alice.username, "password": "alice says so"})
    assert (answer.status, answer.code) == (401, "credentials_not_valid")


def test_a_changed_password_ends_the_tokens(alice: User) -> None:
    issued = log_in(alice)
    alice.set_password("something else")
    alice.save()
    assert [use(issued["access"]), renew(issued["refresh"])] == ["password_changed"] * 2


def test_a_deleted_user_loses_the_tokens() -> None:
    user = User.objects.create_user("gone", password="gone says so")
    issued = log_in(user)
    user.delete()
    assert [use(issued["access"]), renew(issued["refresh"])] == ["user_not_found"] * 2


def expired(token: str, kind: Any) -> str:
    aged = kind(token)
    aged["exp"] = int(timezone.now().timestamp()) - 1
    return str(aged)


def test_an_expired_token_says_that_it_is(alice: User) -> None:
    issued = log_in(alice)
    old = expired(issued["refresh"], RefreshToken)
    answer = Caller(expired(issued["access"], AccessToken)).get()
    assert (answer.status, answer.code, answer.details) == (401, "token_expired", {})
    assert answer.body["message"] == "the access token has expired; renew it with the refresh token"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="igny8"'
    answer = post(REFRESH, {"refresh": old})
    assert (answer.status, answer.code) == (401, "token_expired")
    assert answer.body["message"] == "the refresh token has expired; obtain a new one"
    assert post(REVOKE, {"refresh": old}).status == 200


def test_an_access_token_never_outlives_its_refresh_token(alice: User) -> None:
    """Its revocation is forgotten once the refresh token has expired and is flushed."""
    aged = RefreshToken(log_in(alice)["refresh"])  # type: ignore[arg-type]
    aged["exp"] = int((timezone.now() + timedelta(minutes=3)).timestamp())
    access = post(REFRESH, {"refresh": str(aged)}).body["data"]["access"]
    assert AccessToken(access)["exp"] == aged["exp"]


def test_expired_revocations_are_flushed(alice: User) -> None:
    refresh = log_in(alice)["refresh"]
    post(REVOKE, {"refresh": refresh})
    mine = OutstandingToken.objects.filter(user=alice)
    call_command("flushexpiredtokens")
    assert mine.count() == 1
    mine.update(expires_at=timezone.now() - timedelta(seconds=1))
    call_command("flushexpiredtokens")
    assert mine.count() == 0


@pytest.mark.parametrize("signed_with", ["another-key-that-is-long-enough-for-hs256", ""])
def test_a_token_signed_with_another_key_is_refused(alice: User, signed_with: str) -> None:
    import jwt

    claims = AccessToken(log_in(alice)["access"]).payload  # type: ignore[arg-type]
    algorithm = api_settings.ALGORITHM if signed_with else "none"
    assert use(jwt.encode(claims, signed_with or None, algorithm)) == "token_not_valid"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"username": ["This field is required."], "password": ["This field is required."]}),
        ({"username": "alice"}, {"password": ["This field is required."]}),
        (
            {"username": "", "password": ""},
            {name: ["This field may not be blank."] for name in ("username", "password")},
        ),
        (
            {"username": "a\x00", "password": ["x"]},
            {"username": ["Null characters are not allowed."], "password": ["Not a valid string."]},
        ),
        (
            {"username": "a" * 151, "password": "x" * 4097},
            {
                "username": ["Ensure this field has no more than 150 characters."],
                "password": ["Ensure this field has no more than 4096 characters."],
            },
        ),
    ],
)
def test_missing_and_malformed_fields_are_named(body: Any, fields: dict[str, list[str]]) -> None:
    answer = post(TOKEN, body)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.details == {"fields": fields, "errors": []}


@pytest.mark.parametrize("url", [TOKEN, REFRESH, REVOKE])
@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "[" * 100_000, "\xff"])
def test_a_body_that_is_no_object_is_400(url: str, body: str) -> None:
    answer = Caller(None).send("POST", url, body.encode("latin-1"))
    assert (answer.status, answer.code) == (400, "invalid_request")


@pytest.mark.parametrize("url", [TOKEN, REFRESH, REVOKE])
def test_another_content_type_is_415_and_another_method_405(url: str) -> None:
    answer = Caller(None).send("POST", url, "x", content_type="text/plain")
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert "application/json" in answer.details["allowed"]
    answer = Caller(None).get(url)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.details == {"allowed": ["POST", "OPTIONS"]}


@pytest.mark.parametrize("who", ["alice", "nobody-of-this-name"])
def test_a_wrong_password_does_not_say_whether_the_user_exists(alice: User, who: str) -> None:
    username = alice.username if who == "alice" else who
    answer = post(TOKEN, {"username": username, "password": "wrong"})
    assert (answer.status, answer.code) == (401, "credentials_not_valid")
    assert answer.body["message"] == "no active user has this username and password"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="igny8"'


def test_who_a_token_is_of_is_asked_in_one_query(alice: User, django_assert_num_queries: Any) -> None:
    access = tokens.issue(alice)[0].encode()
    with django_assert_num_queries(1):
        assert tokens.user_of_access(access)[0] == alice


def test_a_token_works_at_the_models_only_as_a_header(alice: User) -> None:
    access = log_in(alice)["access"]
    assert Caller(None).get(f"{MODELS}?access={access}").code == "not_authenticated"
