"""Where errors meet HTTP: one table of statuses, and one envelope."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from igny8_core.business.errors import Igny8Error

STATUSES: Final[dict[str, int]] = {
    "invalid_request": 400,
    "invalid_image_size": 400,
    "unbounded_request": 400,
    "insufficient_credits": 402,
    "account_refused": 403,
    "inactive_model": 404,
    "unknown_model": 404,
    "answer_expired": 409,
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


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the error envelope, or None for an error that is nobody's but ours."""
    if isinstance(error, Igny8Error):
        headers = {}
        if "retry_after_seconds" in error.details:
            headers["Retry-After"] = str(error.details["retry_after_seconds"])
        return Response(
            envelope(error.message, error.code, error.details), status=STATUSES[error.code], headers=headers
        )
    if isinstance(error, RecursionError):
        # JSON nested so deep that it cannot be read: the sender's fault, whatever was sent.
        error = exceptions.ParseError("the body is nested too deep")
    response = exception_handler(error, context)
    if response is not None:
        code = error.default_code if isinstance(error, exceptions.APIException) else "not_found"
        detail = response.data.get("detail") if isinstance(response.data, dict) else None
        details = {} if detail else {"errors": response.data}
        response.data = envelope(str(detail or "the request is not valid"), code, details)
    return response


def envelope(message: str, code: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"success": False, "message": message, "error": {"code": code, "details": details}}


def no_such_address(request: HttpRequest) -> JsonResponse:
    """What any other path below /api/ answers."""
    return JsonResponse(envelope(f"there is nothing at {request.path}", "not_found", {}), status=404)
