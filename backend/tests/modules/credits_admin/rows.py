"""What tests ask of the admin's pages."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import reverse

ADMINS = [model for model in site._registry if model._meta.app_label == "credits"]


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def shown(client: Client, model: type[Model], /, **params: Any) -> list[Any]:
    """Keys of the rows of a list, in its order."""
    response = client.get(address(model, "changelist"), params)
    assert response.status_code == 200
    return [row.pk for row in response.context["cl"].result_list]


def page(client: Client, model: type[Model], pk: Any) -> str:
    """The text of a row's page."""
    response = client.get(address(model, "change", pk))
    assert response.status_code == 200
    return response.content.decode()


def errors(client: Client, model: type[Model], form: dict[str, Any]) -> dict[str, list[str]]:
    """What the add page says of a form that it refuses."""
    response = client.post(address(model, "add"), form)
    assert response.status_code == 200
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def history(client: Client) -> list[tuple[str, str]]:
    """(object, message) of what the client's user did, oldest first."""
    acts = LogEntry.objects.filter(user=client.user).order_by("pk")  # type: ignore[attr-defined]
    return [(act.object_repr, act.get_change_message()) for act in acts]
