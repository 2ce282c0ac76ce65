"""Where errors meet HTTP: one table of statuses, and one envelope."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.views import defaults
from psycopg.errors import UndefinedColumn, UndefinedTable
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from igny8_core.business.errors import Igny8Error
from igny8_core.modules.api.envelope import failure, shown

logger = logging.getLogger(__name__)

STATUSES: Final[dict[str, int]] = {
    "invalid_request": 400,
    "invalid_image_size": 400,
    "unbounded_request": 400,
    "insufficient_credits": 402,
    "account_refused": 403,
    "inactive_model": 404,
    "unknown_model": 404,
    "answer_expired": 409,
    "confirmation_required": 409,
    "default_model_required": 409,
    "default_refused": 409,
    "edit_refused": 409,
    "idempotency_conflict": 409,
    "in_progress": 409,
    "ledger_conflict": 409,
    "unpriced_usage": 422,
    "provider_error": 502,
    "catalogue_stale": 503,
    "hold_expired": 503,
    "ledger_unavailable": 503,
    "provider_not_configured": 503,
    "provider_timeout": 504,
}

API: Final = "/api/"
ACCEPTED_CREDENTIALS: Final = (
    "Authorization: Bearer <access token>",
    "Authorization: Bearer <API key>",
    "a session of this site",
)


class BodyTooLarge(exceptions.APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = "the body is larger than this server reads"


class DatabaseUnavailable(exceptions.APIException):
    status_code = 503
    default_code = "database_unavailable"
    default_detail = "the database does not answer; try again"
    wait = 1


class TablesMissing(exceptions.APIException):
    status_code = 503
    default_code = "tables_missing"
    default_detail = "the tables are not there: the database is not migrated, or is rolled back"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the error envelope, or None for an error that is nobody's but ours."""
    if isinstance(error, Igny8Error):
        headers = {}
        if "retry_after_seconds" in error.details:
            headers["Retry-After"] = str(error.details["retry_after_seconds"])
        return Response(
            failure(error.message, error.code, error.details), status=STATUSES[error.code], headers=headers
        )
    error = _as_http(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.APIException):
        response.data = failure(*_described(error, context.get("view")))
    else:
        # Django's own Http404 and PermissionDenied, which DRF has answered.
        code = "not_found" if isinstance(error, Http404) else "permission_denied"
        response.data = failure(str(response.data["detail"]), code, {})
    return response


def no_such_address(request: HttpRequest) -> JsonResponse:
    """What any other path below /api/ answers."""
    message, details = f"there is nothing at {shown(request.path)}", {}
    if not request.path.endswith("/") and _is_address(f"{request.path}/"):
        details = {"address": shown(f"{request.path}/")}
        message += f"; the address is {details['address']}"
    return JsonResponse(failure(message, "not_found", details), status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    return JsonResponse(failure("the request is malformed", "invalid_request", {}), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a bug of ours, logged by Django with its traceback."""
    if not request.path.startswith(API):
        return defaults.server_error(request)
    return JsonResponse(failure("the server failed; it has been logged", "server_error", {}), status=500)


def _is_address(path: str) -> bool:
    try:
        return resolve(path).func is not no_such_address
    except Resolver404:
        return False


def _as_http(error: Exception) -> Exception:
    """Errors of the machinery around a request, as what they mean to its sender."""
    if isinstance(error, RecursionError):
        # JSON nested so deep that it cannot be read: the sender's fault, whatever was sent.
        return exceptions.ParseError("the body is nested too deep")
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(error, SuspiciousOperation):
        return exceptions.ParseError(str(error))
    if isinstance(error, (OperationalError, InterfaceError)):
        logger.error("the database does not answer", exc_info=error)
        return DatabaseUnavailable()
    # Django's connection wraps what the product's own let through.
    cause = error.__cause__ if isinstance(error, ProgrammingError) else error
    if isinstance(cause, (UndefinedTable, UndefinedColumn)):
        logger.error("a table is missing", exc_info=error)
        return TablesMissing()
    return error


def _described(error: exceptions.APIException, view: Any) -> tuple[str, str, dict[str, Any]]:
    """(message, code, details)"""
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error.detail)
    if isinstance(error, exceptions.ParseError):
        return str(error.detail), "invalid_request", {}
    if isinstance(error, exceptions.Throttled):
        seconds = max(1, error.wait or 1)  # type: ignore[attr-defined]
        return f"too many requests; try again in {seconds} s", "throttled", {"retry_after_seconds": seconds}
    if isinstance(error, exceptions.NotAuthenticated):
        message = f"authentication is required: send {' or '.join(ACCEPTED_CREDENTIALS)}"
        return message, "not_authenticated", {"accepted": list(ACCEPTED_CREDENTIALS)}
    if isinstance(error, exceptions.MethodNotAllowed):
        allowed = view.allowed_methods
        message = f"{shown(view.request.method)} is not allowed here; allowed: {', '.join(allowed)}"
        return message, "method_not_allowed", {"allowed": allowed}
    if isinstance(error, (exceptions.NotAcceptable, exceptions.UnsupportedMediaType)):
        speakers = view.renderer_classes if error.status_code == 406 else view.parser_classes
        allowed = [speaker.media_type for speaker in speakers]
        return (
            f"{shown(error.detail)} Allowed: {', '.join(allowed)}",
            error.default_code,
            {"allowed": allowed},
        )
    code = error.get_codes()
    return str(error.detail), code if isinstance(code, str) else error.default_code, {}


def _invalid(detail: Any) -> tuple[str, str, dict[str, Any]]:
    """Every field's errors, and those of the whole."""
    fields = dict(detail) if isinstance(detail, dict) else {"": detail}
    whole = [text for name in ("", "non_field_errors") for text in _texts(fields.pop(name, []))]
    named = {name: list(_texts(errors)) for name, errors in fields.items()}
    lines = [f"{name}: {text}" for name, texts in named.items() for text in texts]
    return "; ".join([*lines, *whole]), "invalid_request", {"fields": named, "errors": whole}


def _texts(errors: Any) -> Iterator[str]:
    """The sentences of an error as DRF nests it; the errors of a list's items name the item, counted from 0."""
    if isinstance(errors, dict):
        for place, inner in errors.items():
            yield from (f"item {place}: {text}" for text in _texts(inner))
    elif isinstance(errors, list):
        for inner in errors:
            yield from _texts(inner)
    else:
        yield shown(errors)
