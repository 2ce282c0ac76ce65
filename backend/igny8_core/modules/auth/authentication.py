"""Who calls the API: an API key, a user's access token, or a browser that is logged in here."""

from __future__ import annotations

from typing import Any, Final

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from igny8_core.business.credits.api_keys import PREFIX, find_key
from igny8_core.business.credits.models import Account, ApiKey
from igny8_core.modules.auth.tokens import user_of_access

CHALLENGE: Final = 'Bearer realm="igny8"'


class ApiKeyUser:
    """Whoever holds a key: acts for its account, and is nobody's user."""

    pk: Final = None
    is_authenticated: Final = True
    is_active: Final = True
    is_staff: Final = False

    def __init__(self, api_key: ApiKey) -> None:
        self.api_key = api_key

    @property
    def account(self) -> Account:
        return self.api_key.account

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        return False


class _BearerAuthentication(BaseAuthentication):
    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE

    def bearer(self, request: Request) -> str | None:
        """What follows `Bearer`, in any case; None for another scheme or none."""
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


class ApiKeyAuthentication(_BearerAuthentication):
    """`Authorization: Bearer igny8_…`; any other bearer is left to the next."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = self.bearer(request)
        if token is None or not token.startswith(PREFIX):
            return None
        api_key = find_key(token)
        if api_key is None:
            raise AuthenticationFailed(
                "the API key is unknown or revoked, or its account is not active", "api_key_not_valid"
            )
        return ApiKeyUser(api_key), api_key


class JwtAuthentication(_BearerAuthentication):
    """`Authorization: Bearer <access token>` of a user."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = self.bearer(request)
        return None if token is None else user_of_access(token.encode("latin-1"))


class BrowserAuthentication(SessionAuthentication):
    """The session of a browser, so that a page of this site can fetch. What changes something needs a CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(str(error.detail), "csrf_failed") from error
