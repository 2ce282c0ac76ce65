"""What admin pages share."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin


class BaseAdmin(ModelAdmin):
    """Who may only look may post nothing, not even what would be ignored."""

    # The filters are a form that is sent as a whole: a text or a date is not a link that can be clicked.
    list_filter_submit = True

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        self._refuse_posting(request)
        return super().changelist_view(request, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._refuse_posting(request)
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def _refuse_posting(self, request: HttpRequest) -> None:
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied


class ReadOnlyAdmin(BaseAdmin):
    """For rows that only the ledger writes: they can be looked at, and nothing else."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
