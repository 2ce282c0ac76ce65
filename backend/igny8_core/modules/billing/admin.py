from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from igny8_core.business.billing.models import AIModelConfig, AIProvider


@admin.register(AIProvider)
class AIProviderAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("slug", "name", "dialect", "base_url", "api_key_env", "is_active")


@admin.register(AIModelConfig)
class AIModelConfigAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = (
        "model_name",
        "display_name",
        "model_type",
        "provider",
        "pricing_display",
        "context_window",
        "is_active",
        "is_default",
        "sort_order",
    )
    list_filter = ("model_type", "provider", "is_active")
    search_fields = ("model_name", "display_name", "description")
    readonly_fields = ("created_at", "updated_at", "updated_by")

    def save_model(self, request: HttpRequest, obj: AIModelConfig, form: Any, change: bool) -> None:
        obj.updated_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
