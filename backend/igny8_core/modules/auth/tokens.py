"""A user's tokens: a refresh token, and the access tokens that came from it.

Both carry the refresh token's id and a fingerprint of the user's password, so that revoking the one, deactivating the
user or changing the password ends them all at the next request. Only a revoked token is stored.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db.models import Exists, Value
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

ORIGIN: Final = "origin"
FINGERPRINT: Final = "fingerprint"
USER: Final = "user_id"

ACCESS_LIFETIME: Final[timedelta] = api_settings.ACCESS_TOKEN_LIFETIME
REFRESH_LIFETIME: Final[timedelta] = api_settings.REFRESH_TOKEN_LIFETIME


class _Refresh(RefreshToken):
    def check_blacklist(self) -> None:
        """Left to `user_of`, which asks for the user and the revocation at once."""


def issue(user: AbstractUser) -> tuple[str, str]:
    """(access, refresh)"""
    # Not RefreshToken.for_user, which would keep every valid token readable in the database.
    token = cast(_Refresh, Token.for_user.__func__(_Refresh, user))  # type: ignore[attr-defined]
    token[ORIGIN] = token["jti"]
    token[FINGERPRINT] = user.get_session_auth_hash()
    return _access_of(token), str(token)


def renew(refresh: str) -> str:
    """A new access token. Raises AuthenticationFailed."""
    token = cast(_Refresh, _read(refresh, _Refresh))
    user_of(token)
    return _access_of(token)


def revoke(refresh: str) -> None:
    """Ends the token and every access token that came from it. One that has ended already is no error; what was never
    a refresh token of ours is: raises AuthenticationFailed."""
    try:
        token = _read(refresh, _Refresh)
    except AuthenticationFailed as error:
        if error.get_codes() == "token_expired":
            return
        raise
    cast(_Refresh, token).blacklist()


def user_of_access(access: bytes) -> tuple[AbstractUser, Token]:
    """Who holds the access token. Raises AuthenticationFailed."""
    token = _read(access, AccessToken)
    return user_of(token), token


def user_of(token: Token) -> AbstractUser:
    """The token's user, in one query. Raises AuthenticationFailed where the token has been ended."""
    revoked = BlacklistedToken.objects.filter(token__jti=Value(token.get(ORIGIN, "")))
    users = get_user_model()._default_manager.annotate(token_is_revoked=Exists(revoked))
    user: Any = users.filter(pk=token.get(USER)).first()
    if user is None:
        raise AuthenticationFailed("the token's user is gone", "user_not_found")
    if user.token_is_revoked:
        raise AuthenticationFailed("the token has been revoked; obtain a new one", "token_revoked")
    if not user.is_active:
        raise AuthenticationFailed("the user is deactivated", "user_inactive")
    if not constant_time_compare(token.get(FINGERPRINT, ""), user.get_session_auth_hash()):
        raise AuthenticationFailed(
            "the user's password has changed since; obtain a new token", "password_changed"
        )
    return cast(AbstractUser, user)


def _access_of(refresh: _Refresh) -> str:
    token = refresh.access_token
    # Never longer than its origin, whose revocation is forgotten once it has expired.
    token["exp"] = min(token["exp"], refresh["exp"])
    return str(token)


def _read(encoded: str | bytes, kind: type[Token]) -> Token:
    try:
        return kind(encoded)  # type: ignore[arg-type]
    except ExpiredTokenError as error:
        other = "obtain a new one" if kind is _Refresh else "renew it with the refresh token"
        raise AuthenticationFailed(
            f"the {kind.token_type} token has expired; {other}", "token_expired"
        ) from error
    except (TokenError, KeyError, ValueError, TypeError) as error:
        # The library lets some malformed contents through as the error that they cause.
        raise AuthenticationFailed(
            f"this is not a valid {kind.token_type} token", "token_not_valid"
        ) from error
