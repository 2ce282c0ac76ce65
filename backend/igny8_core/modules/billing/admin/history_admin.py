"""A page of the catalogue: its edits queue, and its history says who, when, what; who may change a row may revert it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Field, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin

from igny8_core.business.billing.edit_queue import queue_for_edit
from igny8_core.business.billing.price_checks import confirmation
from igny8_core.business.billing.reverts import revert, stored_row, suspects_of
from igny8_core.business.billing.stored_content import editable_fields, fingerprint
from igny8_core.business.credits.money import format_usd
from igny8_core.business.errors import ConfirmationRequired, EditRefused
from igny8_core.modules.admin_list.row_id import check_chosen
from igny8_core.modules.billing.admin.actor import actor_of
from igny8_core.modules.billing.admin.guarded_form import GuardedForm
from igny8_core.modules.billing.admin.model_form import CONFIRM, LABELS


class ReadableDelta(HistoricalRecordContextHelper):
    """What an edit changed, in words: $0.15, yes, none."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        return in_words(self.model._meta.get_field(change.field), value)

    def format_delta_change(self, change: Any) -> Any:
        return replace(
            super().format_delta_change(change), field=label_of(self.model._meta.get_field(change.field))
        )


class HistoryAdmin(SimpleHistoryAdmin, ModelAdmin):
    """SimpleHistoryAdmin would save whatever is posted to a version's page, even by who may only look."""

    object_history_list_template = "admin/billing/history_list.html"
    revert_template = "admin/billing/revert.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        if any("\0" in value for values in request.GET.lists() for value in values[1]):
            # PostgreSQL's texts hold none, so nothing could be found; Django answers with the whole list.
            raise IncorrectLookupParameters("a filter holds a NUL")
        return super().get_changelist(request, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        # The list refuses a NUL by its form; what completes a name as it is typed has none.
        if "\0" in search_term:
            return queryset.none(), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            # First of all: what the form is compared with must be what the save meets.
            queue_for_edit()
            return super().changeform_view(request, object_id, form_url, extra_context)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], **where: Any) -> Any:
        check_chosen(request)
        return super().response_action(request, queryset, **where)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponseRedirect:
        """A deleted row's page leads to its history, where it can be brought back."""
        history = getattr(self.model, self.model._meta.simple_history_manager_attribute)
        try:
            last = history.filter(id=unquote(object_id)).first()
        except (ValueError, OverflowError):
            last = None
        if last is None:
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[no-any-return]
        self.message_user(
            request, f"{last.instance} is deleted; a version below brings it back.", messages.WARNING
        )
        return HttpResponseRedirect(self._url("history", last.id))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().history_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except (ValueError, ValidationError) as error:
            raise Http404 from error

    def get_historical_record_context_helper(self, request: HttpRequest, record: Any) -> ReadableDelta:
        return ReadableDelta(self.model, record)

    def get_history_queryset(
        self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any
    ) -> QuerySet[Any]:
        versions: QuerySet[Any] = history_manager.filter(**{pk_name: object_id})
        return versions.select_related("history_user")

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = False
    ) -> None:
        """What each version changed; the page's last one is compared with the version before it too."""
        shown = list(historical_records)
        names = {field.name for field in editable_fields(self.model)}
        for record, older in zip(shown, [*shown[1:], shown[-1].prev_record if shown else None], strict=False):
            if older is not None:
                # By their keys: what a key pointed to may be gone.
                delta = record.diff_against(older, included_fields=names)
                helper = self.get_historical_record_context_helper(request, record)
                record.history_delta_changes = helper.context_for_delta_changes(delta)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        version = self._version(object_id, version_id)
        stored = stored_row(version)
        if not self.has_view_history_or_change_history_permission(request, stored):
            raise PermissionDenied
        problems: list[str] = []
        if request.method == "POST":
            try:
                return self._revert(request, version)
            except EditRefused as refusal:
                problems = [sentence for found in refusal.details["problems"].values() for sentence in found]
            except ConfirmationRequired:
                # The page below asks for it.
                pass
            stored = stored_row(version)
        return self._revert_page(request, version, stored, problems)

    def _version(self, object_id: str, version_id: str) -> Any:
        history = getattr(self.model, self.model._meta.simple_history_manager_attribute)
        try:
            return history.select_related("history_user").get(id=unquote(object_id), history_id=version_id)
        except (history.model.DoesNotExist, ValueError, OverflowError) as error:
            raise Http404 from error

    def _may_revert(self, request: HttpRequest, stored: Model | None) -> bool:
        if stored is None and not self.has_add_permission(request):
            return False
        return not self.revert_disabled(request, stored) and self.has_change_history_permission(
            request, stored
        )

    @transaction.atomic
    def _revert(self, request: HttpRequest, version: Any) -> HttpResponse:
        # From here on nobody can delete the row, and bringing one back takes another permission.
        queue_for_edit()
        if not self._may_revert(request, stored_row(version)):
            raise PermissionDenied
        row = revert(
            version=version,
            actor=actor_of(request),
            seen=request.POST.get(GuardedForm.FINGERPRINT),
            confirmed=request.POST.get(CONFIRM, ""),
        )
        if row is None:
            self.message_user(
                request, "This version is what is stored now; nothing was changed.", messages.INFO
            )
        else:
            reason: str = row._change_reason  # type: ignore[attr-defined]
            self.log_change(request, row, capfirst(reason))
            self.message_user(request, f"{row} was {reason}.", messages.SUCCESS)
        return HttpResponseRedirect(self._url("change", version.id))

    def _revert_page(
        self, request: HttpRequest, version: Any, stored: Model | None, problems: list[str]
    ) -> HttpResponse:
        suspects = suspects_of(version, stored)
        may_revert = self._may_revert(request, stored)
        is_stored = stored is not None and fingerprint(stored) == fingerprint(version)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{'Revert' if may_revert else 'View'} {version.instance}",
            "subtitle": None,
            "opts": self.opts,
            "media": self.media,
            "object_id": version.id,
            "original": version.instance,
            "version": version,
            "is_deleted": stored is None,
            "is_stored": is_stored,
            "rows": compared(version, stored),
            "problems": problems,
            "suspects": suspects if may_revert else (),
            "confirmation": confirmation(suspects),
            "confirm_name": CONFIRM,
            "fingerprint_name": GuardedForm.FINGERPRINT,
            "fingerprint": fingerprint(stored) if stored else "",
            "history_url": self._url("history", version.id),
            "revert_disabled": is_stored or not may_revert,
            **self.version_context(version, stored),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.revert_template, context)

    def version_context(self, version: Any, stored: Model | None) -> dict[str, Any]:
        """What the page of a version says besides."""
        return {}

    def _url(self, page: str, pk: Any) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(pk)])


def compared(version: Any, stored: Model | None) -> list[dict[str, Any]]:
    """(field, now, then) of everything that a revert restores; `differs` marks what it would change."""
    rows = []
    for field in editable_fields(version.instance_type):
        then = getattr(version, field.attname)
        now = getattr(stored, field.attname) if stored else None
        rows.append(
            {
                "label": label_of(field),
                "now": in_words(field, now) if stored else "",
                "then": in_words(field, then),
                "differs": stored is None or now != then,
            }
        )
    return rows


def label_of(field: Field[Any, Any]) -> str:
    """A column's name, as the form has it."""
    return LABELS.get(field.name) or capfirst(str(field.verbose_name))


def in_words(field: Field[Any, Any], value: Any) -> str:
    """A stored value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"${format_usd(value, decimals=2)}"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    if value in (None, ""):
        return "none"
    # SQL can store any JSON as sizes.
    return str(dict(field.flatchoices).get(value, value) if isinstance(value, str) else value)
