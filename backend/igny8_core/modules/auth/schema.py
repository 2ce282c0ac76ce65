"""How the schema describes the tokens, and the ways to authenticate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from igny8_core.modules.api.envelope import failure, success
from igny8_core.modules.api.schema import (
    BODY_ERRORS,
    CHALLENGE,
    EVERYWHERE,
    RETRY_AFTER,
    Schema,
    answer,
    closed,
    errors,
    other_media_type,
    other_method,
)
from igny8_core.modules.auth.serializers import CredentialsSerializer, RefreshSerializer
from igny8_core.modules.auth.tokens import ACCESS_LIFETIME, REFRESH_LIFETIME

ACCESS: Final = {
    "type": "string",
    "description": f"Send it as `Authorization: Bearer …`. Valid for {ACCESS_LIFETIME // timedelta(minutes=1)} minutes.",
}
REFRESH_TOKEN: Final = {
    "type": "string",
    "description": f"Renews the access token for {REFRESH_LIFETIME // timedelta(hours=1)} hours, and revokes both.",
}
SAMPLE: Final = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.….…"

TAGS: Final = ["Tokens"]
MEDIA_TYPES: Final = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
NO_STORE: Final = OpenApiParameter(
    "Cache-Control", str, OpenApiParameter.HEADER, response=[200], description="`no-store`."
)
MISSING: Final = (
    400,
    "Missing field",
    failure(
        "password: This field is required.",
        "invalid_request",
        {"fields": {"password": ["This field is required."]}, "errors": []},
    ),
)
WRONG: Final = (
    401,
    "Wrong password",
    failure("no active user has this username and password", "credentials_not_valid", {}),
)
NOT_A_TOKEN: Final = (
    401,
    "Invalid token",
    failure("this is not a valid refresh token", "token_not_valid", {}),
)
ENDED: Final = (
    (401, "Expired", failure("the refresh token has expired; obtain a new one", "token_expired", {})),
    (401, "Revoked", failure("the token has been revoked; obtain a new one", "token_revoked", {})),
    (401, "Deactivated user", failure("the user is deactivated", "user_inactive", {})),
    (
        401,
        "Changed password",
        failure("the user's password has changed since; obtain a new token", "password_changed", {}),
    ),
)


def _operation(
    *, name: str, summary: str, description: str, request: Any, data: Schema, sample: Any, refusals: Any
) -> dict[str, Any]:
    message = "Token revoked" if sample is None else "Token issued"
    return {
        "operation_id": name,
        "tags": TAGS,
        "summary": summary,
        "description": description,
        "auth": [],
        "request": dict.fromkeys(MEDIA_TYPES, request),
        "parameters": [RETRY_AFTER, CHALLENGE, NO_STORE],
        "responses": {
            200: OpenApiResponse(
                answer(name[0].upper() + name[1:], data),
                message,
                [
                    OpenApiExample(
                        summary, value=success(message, sample), response_only=True, status_codes=["200"]
                    )
                ],
            ),
            **errors(
                MISSING,
                *refusals,
                *BODY_ERRORS,
                other_media_type(*MEDIA_TYPES),
                *EVERYWHERE,
                other_method("POST", "OPTIONS"),
            ),
        },
    }


OBTAIN: Final = _operation(
    name="obtainToken",
    summary="Obtain tokens",
    description="An access token and a refresh token for a user's name and password. Attempts are counted by address"
    " and by name.",
    request=CredentialsSerializer,
    data=closed({"refresh": REFRESH_TOKEN, "access": ACCESS}),
    sample={"refresh": SAMPLE, "access": SAMPLE},
    refusals=(WRONG,),
)
REFRESH: Final = _operation(
    name="refreshToken",
    summary="Renew an access token",
    description="A new access token, without the password.",
    request=RefreshSerializer,
    data=closed({"access": ACCESS}),
    sample={"access": SAMPLE},
    refusals=(NOT_A_TOKEN, *ENDED),
)
REVOKE: Final = _operation(
    name="revokeToken",
    summary="Revoke tokens",
    description="Ends the refresh token and every access token that came from it, at once. Revoking what has ended is no"
    " error. Deactivating a user or changing the password ends all of the user's tokens.",
    request=RefreshSerializer,
    data={"type": "null"},
    sample=None,
    refusals=(NOT_A_TOKEN,),
)


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "igny8_core.modules.auth.authentication.JwtAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A user's access token, from `/api/v1/auth/token/`.",
        }


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "igny8_core.modules.auth.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "igny8_…",
            "description": "An account's API key. It reads, and never changes a model.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "igny8_core.modules.auth.authentication.BrowserAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A browser that is logged in to this site. What changes something also needs the header"
            " `X-CSRFToken`.",
        }
