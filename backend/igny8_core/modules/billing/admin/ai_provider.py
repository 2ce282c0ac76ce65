"""The page of the services that answer calls."""

from __future__ import annotations

import os
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as django_delete_selected
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from igny8_core.ai.dialects import DIALECTS
from igny8_core.business.billing.edit_queue import queue_for_edit
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.modules.billing.admin.history_admin import HistoryAdmin
from igny8_core.modules.billing.admin.icons import active_icon
from igny8_core.modules.billing.admin.provider_form import AIProviderForm

DIALECT_COLOURS: Final = dict.fromkeys(DIALECTS, "success")


@admin.register(AIProvider)
class AIProviderAdmin(HistoryAdmin):
    form = AIProviderForm
    list_display = ("slug", "name", "dialect_badge", "base_url", "key_state", "models", "active")
    list_filter = ("is_active", "dialect")
    # Meta's order is dropped where models are counted.
    ordering = ("slug",)
    search_fields = ("slug", "name", "base_url")
    search_help_text = "Search slug, name and address"
    actions = ("delete_selected",)
    readonly_fields = ("key_state",)
    fieldsets = (
        ("Identity", {"fields": ("slug", "name")}),
        ("Connection", {"fields": ("dialect", "base_url"), "classes": ("collapse", "starts-open")}),
        ("Key", {"fields": ("api_key_env", "key_state"), "classes": ("collapse", "starts-open")}),
        ("Status", {"fields": ("is_active",), "classes": ("collapse", "starts-open")}),
    )
    change_form_template = "admin/billing/guarded_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AIProvider]:
        providers: QuerySet[AIProvider] = super().get_queryset(request)
        return providers.annotate(model_count=Count("aimodelconfig"))

    def get_readonly_fields(self, request: HttpRequest, obj: AIProvider | None = None) -> tuple[str, ...]:
        # Models, charges and filters name the provider by its slug.
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    @display(description="Dialect", ordering="dialect", label=DIALECT_COLOURS)  # type: ignore[untyped-decorator]
    def dialect_badge(self, provider: AIProvider) -> str:
        return provider.dialect

    @admin.display(description="Models", ordering="model_count")
    def models(self, provider: AIProvider) -> SafeString:
        meta = AIModelConfig._meta
        url = reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_changelist")
        count = provider.model_count  # type: ignore[attr-defined]
        return format_html(
            '<a href="{}?provider__slug__exact={}" class="text-primary-600 dark:text-primary-500"'
            ' aria-label="{} models of {}">{}</a>',
            url,
            provider.slug,
            count,
            provider.name,
            count,
        )

    @admin.display(description="Active", ordering="is_active")
    def active(self, provider: AIProvider) -> SafeString:
        return active_icon(provider.is_active)

    @admin.display(description="API key")
    def key_state(self, provider: AIProvider) -> str:
        """Whether the variable is set where this page is served; never what it holds."""
        if not provider.api_key_env:
            return "none needed"
        is_set = bool(os.environ.get(provider.api_key_env, "").strip())
        return f"{provider.api_key_env} is {'set' if is_set else 'not set'} in this process"

    @admin.action(description="Delete selected providers", permissions=["delete"])
    @transaction.atomic
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[AIProvider]) -> HttpResponse | None:
        # No model can be added between the look at what depends on them and the deletion.
        queue_for_edit()
        return django_delete_selected(self, request, queryset)

    @transaction.atomic
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        queue_for_edit()
        return super().delete_view(request, object_id, extra_context)

    def save_model(self, request: HttpRequest, obj: AIProvider, form: AIProviderForm, change: bool) -> None:
        if form.changes_nothing:
            return
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            self._warn_of_defaults(request, obj)

    def _warn_of_defaults(self, request: HttpRequest, provider: AIProvider) -> None:
        for model in AIModelConfig.objects.filter(provider=provider, is_default=True):
            self.message_user(
                request,
                f"{model.model_name} is the default {model.model_type} model, and {provider.name} serves it: calls that"
                " name no model are refused until another model is set as default.",
                messages.WARNING,
            )

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: AIProvider | None = None,
    ) -> Any:
        may_type = self.has_change_permission(request, obj) if change else self.has_add_permission(request)
        context["guarded_form"] = context["adminform"].form if may_type else None
        return super().render_change_form(request, context, add, change, form_url, obj)
