"""Tokens for people: obtained with a password, refreshed without one."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView


class _Enveloped:
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().post(request, *args, **kwargs)  # type: ignore[misc]
        response.data = {"success": True, "message": "Token issued", "data": response.data}
        return response


class TokenView(_Enveloped, TokenObtainPairView):
    """Username and password for an access and a refresh token."""


class RefreshView(_Enveloped, TokenRefreshView):
    """A refresh token for a new access token."""


urlpatterns: list[URLPattern] = [
    path("token/", TokenView.as_view(), name="token"),
    path("token/refresh/", RefreshView.as_view(), name="token-refresh"),
]
