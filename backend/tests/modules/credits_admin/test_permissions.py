"""Who may only look can change nothing, and who is no staff gets no page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.sites import site
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern

from igny8_core.business.credits.api_keys import issue_key
from igny8_core.business.credits.models import Account, ApiKey, Grant, Membership
from tests.ledger_calls import held, settle
from tests.modules.credits_admin.rows import ADMINS, address

FORM = {
    "post": "yes",
    "action": "revoke_keys",
    "index": "0",
    "slug": "taken-over",
    "name": "Taken over",
    "revoke": "on",
    "amount": "1000",
    "source": "promotion",
    "external_id": "taken-over",
    "priority": "1",
    "role": "owner",
    "_save": "Save",
}


@pytest.fixture
def furnished(account: Account) -> Account:
    """An account with a row in every table."""
    settle(held(account, 10), 4)
    issue_key(account=account, name="first")
    return account


@pytest.fixture
def member(furnished: Account, viewer: Client) -> Any:
    membership = Membership.objects.create(account=furnished, user=viewer.user, role="viewer")  # type: ignore[attr-defined]
    yield membership
    Membership.objects.filter(pk=membership.pk).delete()


def urls(model: type[Model], row: Any) -> list[str]:
    """Every address of the model's admin."""
    found = []
    for pattern in site._registry[model].get_urls():
        assert isinstance(pattern, URLPattern)
        if pattern.name:
            arguments = [row.pk] if "object_id" in str(pattern.pattern) else []
            found.append(address(model, pattern.name.rpartition("_")[2], *arguments))
    return found


def everything(account: Account) -> list[Any]:
    return [
        sorted(str(row.__dict__ | {"_state": None}) for row in rows)
        for rows in (
            Account.objects.filter(pk=account.pk),
            ApiKey.objects.filter(account=account),
            Membership.objects.filter(account=account),
            Grant.objects.filter(account=account),
        )
    ] + [Account.objects.count(), LogEntry.objects.count()]


def row_of(model: type[Model], account: Account) -> Any:
    row = account if model is Account else model._default_manager.filter(account=account).first()
    assert row is not None
    return row


@pytest.mark.usefixtures("member")
@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_a_viewer_sees_every_list_and_page(viewer: Client, furnished: Account, model: type[Model]) -> None:
    row = row_of(model, furnished)
    for name, *arguments in (["changelist"], ["change", row.pk], ["history", row.pk]):
        assert viewer.get(address(model, name, *arguments)).status_code == 200
    assert viewer.get(address(model, "add")).status_code == 403
    assert viewer.get(address(model, "delete", row.pk)).status_code == 403


@pytest.mark.usefixtures("member")
@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_whatever_a_viewer_posts_is_refused_and_changes_nothing(
    viewer: Client, furnished: Account, model: type[Model]
) -> None:
    row = row_of(model, furnished)
    before = everything(furnished)
    form = {**FORM, "account": furnished.pk, "user": viewer.user.pk, "_selected_action": row.pk}  # type: ignore[attr-defined]
    answers = {url: viewer.post(url, form).status_code for url in urls(model, row)}
    assert len(answers) >= 5
    assert set(answers.values()) == {403}, answers
    assert everything(furnished) == before


@pytest.mark.usefixtures("member")
@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_who_is_no_staff_gets_no_page(stranger: Client, furnished: Account, model: type[Model]) -> None:
    before = everything(furnished)
    row = row_of(model, furnished)
    for url in urls(model, row):
        for response in (stranger.get(url), stranger.post(url, FORM)):
            assert response.status_code == 302
            assert response["Location"].startswith("/admin/login/?next=")
    assert everything(furnished) == before


@pytest.mark.usefixtures("member")
@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_nobody_deletes_money(operator: Client, furnished: Account, model: type[Model]) -> None:
    row = row_of(model, furnished)
    if model is Membership:
        assert operator.get(address(model, "delete", row.pk)).status_code == 200
        return
    assert operator.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    operator.post(address(model, "changelist"), form)
    assert model._default_manager.filter(pk=row.pk).exists()
