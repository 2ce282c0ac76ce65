"""The page where people edit models and their prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as django_delete_selected
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from import_export.admin import ExportActionMixin, ExportMixin
from import_export.formats.base_formats import CSV
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action, display

from igny8_core.business.billing import model_status
from igny8_core.business.billing.edit_queue import queue_for_edit
from igny8_core.business.billing.model_status import DELETED, StatusChange
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.signing import sign
from igny8_core.business.errors import DefaultModelRequired, Igny8Error
from igny8_core.modules.billing.admin.actor import actor_of
from igny8_core.modules.billing.admin.compare import compare_page
from igny8_core.modules.billing.admin.history_admin import HistoryAdmin
from igny8_core.modules.billing.admin.icons import active_icon, default_icon
from igny8_core.modules.billing.admin.model_form import CONFIRM, AIModelConfigForm
from igny8_core.modules.billing.admin.model_parts import AliasInline, RateInline, check_now, refusal_of
from igny8_core.modules.billing.admin.price_field import plain_text
from igny8_core.modules.billing.admin.price_history import read_history
from igny8_core.modules.billing.admin.price_preview import preview_of, revert_preview
from igny8_core.modules.billing.admin.pricing_export import PricingResource, PricingSheet
from igny8_core.modules.billing.admin.rate_form import CONFIRM_RATES

PREVIEWED: Final = ("model_type", "input_cost_per_1m", "output_cost_per_1m", "cost_per_image")
TYPE_COLOURS: Final = {"text": "info", "image": "primary"}
PROVIDER_COLOURS: Final = {"openai": "success", "anthropic": "warning", "google": "info", "runware": "danger"}

OPEN: Final = ("collapse", "starts-open")
CLOSED: Final = ("collapse",)
TEXT_PRICING: Final = ("input_cost_per_1m", "output_cost_per_1m", "context_window", "max_output_tokens")


@admin.register(AIModelConfig)
class AIModelConfigAdmin(ExportMixin, HistoryAdmin):
    form = AIModelConfigForm
    list_display = (
        "model_name",
        "display_name",
        "type_badge",
        "provider_badge",
        "price",
        "context",
        "active",
        "default",
        "order",
    )
    list_filter = (
        "model_type",
        "provider",
        "is_active",
        "is_default",
        "supports_json_mode",
        "supports_vision",
        "supports_function_calling",
    )
    list_select_related = ("provider",)
    search_fields = ("model_name", "display_name", "description")
    search_help_text = "Search name, display name and description"
    actions = ("activate", "deactivate", "set_as_default", "delete_selected", "export_admin_action")
    readonly_fields = ("created_at", "updated_at", "updated_by")
    readonly_preprocess_fields = dict.fromkeys(PREVIEWED[1:], plain_text)
    change_form_template = "admin/billing/aimodelconfig/change_form.html"
    inlines = (RateInline, AliasInline)
    actions_list = ("compare",)
    actions_detail = ("price_history",)
    resource_classes = (PricingResource,)
    export_form_class = ExportForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[AIModelConfig]:
        # What a model costs now depends on its rates.
        models: QuerySet[AIModelConfig] = super().get_queryset(request).prefetch_related("rates")
        return models

    # The list

    @display(description="Type", ordering="model_type", label=TYPE_COLOURS)  # type: ignore[untyped-decorator]
    def type_badge(self, model: AIModelConfig) -> tuple[str, str]:
        return model.model_type, model.get_model_type_display()

    @display(description="Provider", ordering="provider", label=PROVIDER_COLOURS)  # type: ignore[untyped-decorator]
    def provider_badge(self, model: AIModelConfig) -> tuple[str, str]:
        # A provider without a colour shows the first of the pair.
        slug, name = model.provider_id, model.provider.name
        return (slug if slug in PROVIDER_COLOURS else name), name

    @admin.display(description="Price")
    def price(self, model: AIModelConfig) -> str:
        return model.pricing_display

    @admin.display(description="Context", ordering="context_window", empty_value="–")
    def context(self, model: AIModelConfig) -> str | None:
        return None if model.context_window is None else f"{model.context_window:,}"

    @admin.display(description="Active", ordering="is_active")
    def active(self, model: AIModelConfig) -> SafeString:
        return active_icon(model.is_active)

    @admin.display(description="Default", ordering="is_default")
    def default(self, model: AIModelConfig) -> SafeString:
        return default_icon(model.is_default)

    @admin.display(description="Order", ordering="sort_order")
    def order(self, model: AIModelConfig) -> int:
        return model.sort_order

    # Acts on the selected models

    @admin.action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[AIModelConfig]) -> None:
        self._act(request, queryset, model_status.activate, "already active")

    @admin.action(description="Deactivate", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[AIModelConfig]) -> None:
        self._act(request, queryset, model_status.deactivate, "already inactive")

    @admin.action(description="Set as default", permissions=["change"])
    def set_as_default(self, request: HttpRequest, queryset: QuerySet[AIModelConfig]) -> None:
        self._act(request, queryset, model_status.set_default, "already the default")

    @admin.action(description="Delete selected models", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[AIModelConfig]) -> HttpResponse | None:
        try:
            with transaction.atomic():
                queue_for_edit()
                model_status.refuse_deletion(ids=queryset.values_list("pk", flat=True))
                return django_delete_selected(self, request, queryset)
        except DefaultModelRequired as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return None

    def _act(
        self,
        request: HttpRequest,
        queryset: QuerySet[AIModelConfig],
        act: Callable[..., tuple[StatusChange, ...]],
        already: str,
    ) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        try:
            with transaction.atomic():
                changes = act(ids=ids, actor=actor_of(request))
                rows = AIModelConfig.objects.in_bulk([change.id for change in changes])
                for change in changes:
                    self.log_change(request, rows[change.id], change.done.capitalize())
        except Igny8Error as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return
        for change in changes:
            self.message_user(request, f"{change.model_name}: {change.done}.", messages.SUCCESS)
        if not changes:
            self.message_user(request, f"Nothing changed: {already}.", messages.INFO)

    # The form

    def get_fieldsets(
        self, request: HttpRequest, obj: AIModelConfig | None = None
    ) -> list[tuple[str, dict[str, Any]]]:
        """Prices of the other type begin closed."""
        capabilities = tuple(name for name in self.list_filter if name.startswith("supports_"))
        text, image = (
            CLOSED if obj and obj.model_type != kind else OPEN for kind in AIModelConfig.ModelType.values
        )
        return [
            ("Identity", {"fields": ("model_name", "display_name", "model_type", "provider", "description")}),
            ("Text pricing", {"fields": TEXT_PRICING, "classes": text}),
            ("Image pricing", {"fields": ("cost_per_image", "valid_sizes"), "classes": image}),
            ("Capabilities", {"fields": capabilities, "classes": OPEN}),
            ("Status", {"fields": ("is_active", "is_default", "sort_order"), "classes": OPEN}),
            ("Audit", {"fields": self.readonly_fields, "classes": CLOSED}),
        ]

    def save_model(
        self, request: HttpRequest, obj: AIModelConfig, form: AIModelConfigForm, change: bool
    ) -> None:
        if form.changes_nothing:
            return
        obj.updated_by = actor_of(request)
        if form.is_confirmed:
            confirmed = "; ".join(suspect.message for suspect in form.suspects)
            obj._change_reason = f"confirmed {confirmed}"[:100]  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: AIModelConfigForm, formset: Any, change: bool) -> None:
        """Each rate and alias with its actor, as the model has them."""
        suspects = formset.suspects if getattr(formset, "is_confirmed", False) else ()
        confirmed = "; ".join(suspect.message for suspect in suspects)
        for row in formset.save(commit=False):
            sign(row, actor=actor_of(request), reason=f"confirmed {confirmed}"[:100] if confirmed else "")
            row.save()
        for row in formset.deleted_objects:
            sign(row, actor=actor_of(request), reason=DELETED)
            row.delete()
        for note in getattr(formset, "notes", ()):
            self.message_user(request, note, messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        check_now()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            sentence = refusal_of(error)
            if not sentence:
                raise
            self.message_user(request, sentence, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: AIModelConfig | None = None,
    ) -> Any:
        form = context["adminform"].form
        stored = form.stored
        typed = None
        may_type = self.has_change_permission(request, obj) if change else self.has_add_permission(request)
        if may_type:
            typed = {name: form[name].value() for name in PREVIEWED}
            typed = {name: "" if value is None else str(value) for name, value in typed.items()}
        context |= {
            "guarded_form": form if may_type else None,
            "replaced": {} if may_type else form.replaced,
            "confirm_name": CONFIRM,
            "parts": [one.formset for one in context["inline_admin_formsets"]] if may_type else [],
            "confirm_rates_name": CONFIRM_RATES,
            "preview": preview_of(stored=stored, typed=typed),
            "preview_object": stored.pk if stored else "",
            "previewed": ",".join(f"#id_{name}" for name in PREVIEWED),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def version_context(self, version: Any, stored: Model | None) -> dict[str, Any]:
        row = stored if isinstance(stored, AIModelConfig) else None
        return {
            "preview": revert_preview(stored=row, version=version.instance),
            "about_version": "Rates and aliases are not part of a version: they stay as they are, and the page “Price"
            " history” says what they were.",
        }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.price_preview_view)
        return [path("price-preview/", view, name="billing_aimodelconfig_price_preview"), *super().get_urls()]

    def price_preview_view(self, request: HttpRequest) -> HttpResponse:
        """What a call costs now and would cost as typed, as a fragment of the form's page."""
        object_id = request.GET.get("object", "")
        stored = self.get_object(request, unquote(object_id)) if object_id else None
        may = (
            self.has_view_or_change_permission(request, stored)
            if stored
            else self.has_add_permission(request)
        )
        if not may:
            raise PermissionDenied
        typed = {name: request.GET.get(name, "") for name in PREVIEWED}
        return render(
            request, "admin/billing/price_preview.html", {"preview": preview_of(stored=stored, typed=typed)}
        )

    # Pages beside the form

    @action(description="Price history", icon="show_chart", url_path="prices", permissions=["view"])  # type: ignore[untyped-decorator]
    def price_history(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the model's prices were and will be, whoever changed them."""
        model = self.get_object(request, unquote(object_id))
        if model is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        names = sorted({*model.history.values_list("model_name", flat=True), model.model_name})
        asked = request.GET.get("name", "")
        name = asked if asked in names else model.model_name
        context = {
            "title": f"Price history of {name}",
            "opts": self.opts,
            "original": model,
            "name": name,
            "other_names": [other for other in names if other != name],
            "history": read_history(model, name=name, now=timezone.now()),
            "model_url": self._url("change", model.pk),
            "history_url": self._url("history", model.pk),
        }
        return self._page(request, "admin/billing/price_history.html", context)

    @action(description="Compare models", icon="balance", url_path="compare", permissions=["view"])  # type: ignore[untyped-decorator]
    def compare(self, request: HttpRequest) -> HttpResponse:
        """Models side by side, with the cost of a stated workload."""
        context = {"title": "Compare models", "compare": compare_page(request.GET)}
        return self._page(request, "admin/billing/compare.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        return render(request, template, {**self.admin_site.each_context(request), **context})

    # Deleting

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            with transaction.atomic():
                queue_for_edit()
                model = self.get_object(request, unquote(object_id))
                if model is not None and self.has_delete_permission(request, model):
                    model_status.refuse_deletion(ids=[model.pk])
                return super().delete_view(request, object_id, extra_context)
        except DefaultModelRequired as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(self._url("change", unquote(object_id)))

    def delete_model(self, request: HttpRequest, obj: AIModelConfig) -> None:
        model_status.delete(ids=[obj.pk], actor=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AIModelConfig]) -> None:
        model_status.delete(ids=queryset.values_list("pk", flat=True), actor=actor_of(request))

    # Export

    @admin.action(description="Export selected models", permissions=["export"])
    def export_admin_action(self, request: HttpRequest, queryset: QuerySet[AIModelConfig]) -> HttpResponse:
        # Borrowed, not inherited: the mixin's other half, get_actions(), is deprecated by Django 6.1.
        response: HttpResponse = ExportActionMixin.export_admin_action(self, request, queryset)
        return response

    def export_action(self, request: HttpRequest) -> HttpResponse:
        try:
            response: HttpResponse = super().export_action(request)
        except IncorrectLookupParameters:
            # As the list itself answers a filter that it does not know.
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        return response

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_export_formats(self) -> list[type]:
        return [CSV, PricingSheet]

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[AIModelConfig]:
        rows: QuerySet[AIModelConfig] = super().get_export_queryset(request)
        return rows.select_related("provider", "updated_by")

    def get_valid_export_item_pks(self, request: HttpRequest) -> Any:
        # Its parent warns that overriding it is the way to go.
        return self.get_queryset(request).values_list("pk", flat=True)
