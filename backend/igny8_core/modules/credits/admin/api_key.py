from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action, display

from igny8_core.business.credits.api_keys import hash_key, issue_key
from igny8_core.business.credits.models import ApiKey
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.bounded_admin import ListAdmin
from igny8_core.modules.admin_list.filters import ChoiceFilter
from igny8_core.modules.admin_list.paginator import BoundedPaginator
from igny8_core.modules.credits.admin import call_links
from igny8_core.modules.credits.admin.api_key_form import ApiKeyForm
from igny8_core.modules.credits.admin.call_filters import ACCOUNT


class WorksFilter(ChoiceFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("active", "Active"), ("revoked", "Revoked"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("active", "revoked"):
            return queryset.filter(revoked_at__isnull=self.value() == "active")
        return queryset


class KeyPaginator(BoundedPaginator):
    """Counts every key: who revokes all of them must have read how many those are."""

    most_counted = 10**9


class Secret:
    """Can be written into a page, and has no repr: at DEBUG, Django logs a page's whole context by it."""

    def __init__(self, plain: str) -> None:
        self._plain = plain

    def __str__(self) -> str:
        return self._plain


@admin.register(ApiKey)
class ApiKeyAdmin(ListAdmin):
    """A key is shown once, on the answer to its being issued; it is kept as a hash. Revoking is for good."""

    list_display = ("name", "prefix", "account_link", "state", "created", "revoked")
    paginator = KeyPaginator
    list_select_related = ("account",)
    list_filter = (ACCOUNT, WorksFilter)
    ordering = ("-created_at", "-id")
    search_fields = ("prefix__startswith", "name", "account__slug")
    search_help_text = "First characters, name or account"
    form = ApiKeyForm
    autocomplete_fields = ("account",)
    actions = ("revoke_keys",)
    add_fieldsets = ((None, {"fields": ("account", "name")}),)

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        can_revoke = obj.revoked_at is None and self.has_change_permission(request, obj)
        fields = ("name", "prefix", "account_link", "state", "created", "revoked")
        return ((None, {"fields": (*fields, "revoke") if can_revoke else fields}),)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return () if obj is None else ("prefix", "account_link", "state", "created", "revoked")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ApiKeyForm, change: bool) -> None:
        if not change:
            plain = issue_key(account=obj.account, name=obj.name)
            issued = ApiKey.objects.get(key_hash=hash_key(plain))
            obj.pk, obj.prefix = issued.pk, issued.prefix
            # For this answer only: a message would lie in the session or a cookie until it is read.
            request.issued_key = plain  # type: ignore[attr-defined]
            return
        # Nothing else, so that a key that was revoked meanwhile stays revoked.
        obj.save(update_fields=["name"])
        if form.cleaned_data.get("revoke"):
            ApiKey.objects.filter(pk=obj.pk).revoke()

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "API key issued",
            "key": obj,
            "plain": Secret(request.issued_key),  # type: ignore[attr-defined]
            "url": cells.page_url(ApiKey, obj.pk),
        }
        return TemplateResponse(request, "credits/issued_key.html", context)

    @action(description="Revoke the selected keys, for good", permissions=("change",))  # type: ignore[untyped-decorator]
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = [key for key in queryset.order_by("pk") if ApiKey.objects.filter(pk=key.pk).revoke()]
        for key in revoked:
            self.log_change(request, key, "Revoked.")
        count = len(revoked)
        message = f"{count} API key{' was' if count == 1 else 's were'} revoked."
        self.message_user(request, message, messages.SUCCESS if count else messages.WARNING)

    @admin.display(description="Account")
    def account_link(self, key: ApiKey) -> str:
        return call_links.account(key.account)

    @display(description="State", label={"Active": "success", "Revoked": "danger"})  # type: ignore[untyped-decorator]
    def state(self, key: ApiKey) -> str:
        return "Active" if key.revoked_at is None else "Revoked"

    @admin.display(description="Created at")
    def created(self, key: ApiKey) -> str:
        return cells.moment(key.created_at)

    @admin.display(description="Revoked at")
    def revoked(self, key: ApiKey) -> str:
        return cells.moment(key.revoked_at)
