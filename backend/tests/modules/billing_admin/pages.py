"""The admin's pages as a browser meets them: what a page would send when nobody has typed anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.messages import get_messages
from django.db.models import Model
from django.forms import BooleanField, SplitDateTimeField
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from igny8_core.modules.billing.admin.guarded_form import GuardedForm


def url(row: Model | type[Model], page: str, *args: object) -> str:
    """`change` of a row, `changelist` of a class."""
    meta = row._meta
    keys = [quote(row.pk)] if isinstance(row, Model) else []
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[*keys, *args])


def typed_nothing(response: Any) -> dict[str, Any]:
    """The fields of a form's page with their values, as the browser would send them."""
    form = response.context["adminform"].form
    data = {GuardedForm.FINGERPRINT: form.fingerprint, **values_of(form)}
    for inline in response.context["inline_admin_formsets"]:
        formset = inline.formset
        data |= {formset.fingerprint_name: formset.fingerprint, **values_of(formset.management_form)}
        for part in formset.forms:
            data |= values_of(part)
    return data


def values_of(form: Any) -> dict[str, Any]:
    """The fields of one form; a date and its time are two boxes."""
    data = {}
    for bound in form:
        value = bound.value()
        if isinstance(bound.field, SplitDateTimeField):
            day, clock = value if isinstance(value, list) else bound.field.widget.decompress(value)
            data |= {f"{bound.html_name}_0": day or "", f"{bound.html_name}_1": clock or ""}
        elif isinstance(value, bool) and isinstance(bound.field, BooleanField):
            data |= {bound.html_name: "on"} if value else {}
        else:
            data[bound.html_name] = "" if value is None else value
    return data


def opened(client: Client, row: Model) -> dict[str, Any]:
    """What the row's page would send."""
    return typed_nothing(client.get(url(row, "change")))


def saved(client: Client, row: Model, **typed: Any) -> Any:
    """Opens the row's page, types, saves. A value of None: the box is unticked."""
    data = opened(client, row) | typed
    return client.post(url(row, "change"), {name: value for name, value in data.items() if value is not None})


def act(client: Client, action: str, rows: Iterable[Model], **more: str) -> Any:
    """Selects the rows in their list and runs the action."""
    rows = list(rows)
    # Nobody has looked at the messages of earlier acts, so they would come again.
    client.cookies.pop("messages", None)
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
    return client.post(url(type(rows[0]), "changelist"), data)


def messages_of(response: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def text_of(response: Any) -> str:
    """What the page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def log_of(row_id: object) -> list[tuple[str, str]]:
    """(who, what) of the admin's own log of a row, oldest first."""
    entries = LogEntry.objects.filter(object_id=str(row_id)).order_by("pk").select_related("user")
    return [(entry.user.get_username(), entry.get_change_message()) for entry in entries]


def history_of(row: Any) -> list[tuple[str, str | None, str | None]]:
    """(type, who, reason) of a row's versions, oldest first."""
    model = type(row)
    versions = model.history.filter(id=row.pk).order_by("history_id").select_related("history_user")
    return [
        (one.history_type, one.history_user and one.history_user.get_username(), one.history_change_reason)
        for one in versions
    ]
