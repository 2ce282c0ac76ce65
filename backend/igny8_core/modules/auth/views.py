"""Tokens for people: obtained with a password, renewed without one, and revoked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractUser
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from igny8_core.modules.api.envelope import success
from igny8_core.modules.auth import tokens
from igny8_core.modules.auth.authentication import CHALLENGE
from igny8_core.modules.auth.schema import OBTAIN, REFRESH, REVOKE
from igny8_core.modules.auth.serializers import CredentialsSerializer, RefreshSerializer
from igny8_core.modules.throttling.throttles import (
    TokenAddressThrottle,
    TokenRefreshThrottle,
    TokenUsernameThrottle,
)


class _TokenView(APIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes: Sequence[type[BaseThrottle]] = (TokenRefreshThrottle,)

    def get_authenticate_header(self, request: Request) -> str:
        return CHALLENGE

    def check_throttles(self, request: Request) -> None:
        """One after the other: an address that is refused uses up nothing of a user's allowance."""
        for throttle in self.get_throttles():
            if not throttle.allow_request(request, self):
                self.throttled(request, throttle.wait() or 1)


class TokenView(_TokenView):
    throttle_classes = (TokenAddressThrottle, TokenUsernameThrottle)

    @extend_schema(**OBTAIN)
    def post(self, request: Request) -> Response:
        given = _read(CredentialsSerializer, request)
        user = authenticate(request._request, username=given["username"], password=given["password"])
        if user is None:
            raise AuthenticationFailed(
                "no active user has this username and password", "credentials_not_valid"
            )
        access, refresh = tokens.issue(cast(AbstractUser, user))
        return _answer("Token issued", {"refresh": refresh, "access": access})


class RefreshView(_TokenView):
    @extend_schema(**REFRESH)
    def post(self, request: Request) -> Response:
        return _answer("Token issued", {"access": tokens.renew(_read(RefreshSerializer, request)["refresh"])})


class RevokeView(_TokenView):
    @extend_schema(**REVOKE)
    def post(self, request: Request) -> Response:
        tokens.revoke(_read(RefreshSerializer, request)["refresh"])
        return _answer("Token revoked", None)


def _read(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return cast(dict[str, Any], body.validated_data)


def _answer(message: str, data: Any) -> Response:
    return Response(success(message, data), headers={"Cache-Control": "no-store"})
