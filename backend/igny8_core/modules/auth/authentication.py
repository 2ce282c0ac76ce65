"""Who calls the API: an API key or a JWT. Only this folder knows the JWT library."""

from __future__ import annotations

from typing import Any, Final

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from igny8_core.business.credits.api_keys import PREFIX, find_key
from igny8_core.business.credits.models import Account, ApiKey


class ApiKeyUser:
    """Whoever holds a key: acts for its account, and is nobody's user."""

    is_authenticated: Final = True
    is_staff: Final = False

    def __init__(self, api_key: ApiKey) -> None:
        self.api_key = api_key

    @property
    def account(self) -> Account:
        return self.api_key.account


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer igny8_…`; any other bearer is left to the JWT."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(PREFIX):
            return None
        api_key = find_key(token.strip())
        if api_key is None:
            raise AuthenticationFailed("the API key is unknown or revoked")
        return ApiKeyUser(api_key), api_key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class JwtAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>` of a user."""
