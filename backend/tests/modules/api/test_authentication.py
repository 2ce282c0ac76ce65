"""Who gets in: an API key, an access token, a session. Everybody else is told what is accepted."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from igny8_core.business.credits.models import Account, ApiKey
from igny8_core.modules.auth import tokens
from tests.modules.api.caller import MODELS, Caller

ACCEPTED = [
    "Authorization: Bearer <access token>",
    "Authorization: Bearer <API key>",
    "a session of this site",
]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "not_authenticated"),
        ("", "not_authenticated"),
        ("Basic YTpi", "not_authenticated"),
        ("Token abc", "not_authenticated"),
        ("Bearer", "token_not_valid"),
        ("Bearer ", "token_not_valid"),
        ("Bearer not.a.token", "token_not_valid"),
        ("Bearer a b", "token_not_valid"),
        ("Bearer \xff\xfe", "token_not_valid"),
        ("Bearer eyJhbGciOiJub25lIn0.e30.", "token_not_valid"),
        ("Bearer igny8_no-such-key", "api_key_not_valid"),
        ("Bearer igny8_" + "x" * 10_000, "api_key_not_valid"),
    ],
)
@pytest.mark.parametrize("url", [MODELS, f"{MODELS}gpt-4o/", f"{MODELS}no-such-model/?colour=red"])
def test_without_good_credentials_it_is_401(nobody: Caller, url: str, header: str | None, code: str) -> None:
    answer = nobody.get(url) if header is None else nobody.get(url, authorization=header)
    assert (answer.status, answer.code) == (401, code)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="igny8"'


def test_the_refusal_says_what_is_accepted(nobody: Caller) -> None:
    answer = nobody.get()
    assert answer.details == {"accepted": ACCEPTED}
    assert answer.body["message"] == f"authentication is required: send {' or '.join(ACCEPTED)}"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_known_in_any_case(alice: User, key: Caller, scheme: str) -> None:
    for token in (tokens.issue(alice)[0], key.token):
        assert Caller(None).get(authorization=f"{scheme} {token}").status == 200


def test_a_revoked_key_is_refused(account: Account, key: Caller) -> None:
    ApiKey.objects.filter(account=account).update(revoked_at=timezone.now())
    assert key.get().code == "api_key_not_valid"


def test_a_disabled_accounts_key_is_refused(account: Account, key: Caller) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert key.get().code == "api_key_not_valid"


def test_bad_credentials_are_not_rescued_by_a_session(nobody: Caller, alice: User) -> None:
    nobody.client.force_login(alice)
    assert nobody.get().status == 200
    assert nobody.get(authorization="Bearer not.a.token").code == "token_not_valid"


def test_a_deactivated_users_session_is_refused(nobody: Caller, alice: User) -> None:
    nobody.client.force_login(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert nobody.get().code == "not_authenticated"
