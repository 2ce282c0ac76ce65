"""Issuing and revoking API keys: a key is shown once and kept nowhere, and revoking is for good."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from igny8_core.business.credits.api_keys import find_key, issue_key
from igny8_core.business.credits.models import Account, ApiKey
from igny8_core.modules.admin_list.paginator import BoundedPaginator
from tests.modules.credits_admin.conftest import signed_in
from tests.modules.credits_admin.rows import address, errors, history


def issued(client: Client, account: Account, name: str = "Production") -> str:
    response = client.post(address(ApiKey, "add"), {"account": account.pk, "name": name})
    assert response.status_code == 200
    plain = str(response.context["plain"])
    assert f'value="{plain}"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    return plain


def test_a_key_that_was_issued_works(operator: Client, account: Account) -> None:
    key = find_key(issued(operator, account))
    assert key is not None
    assert (key.account, key.name) == (account, "Production")
    assert history(operator) == [(str(key), "Added.")]


def test_it_is_shown_once_and_kept_nowhere(operator: Client, account: Account) -> None:
    plain = issued(operator, account)
    key = ApiKey.objects.get(account=account)
    for url in (address(ApiKey, "changelist"), address(ApiKey, "change", key.pk), "/admin/"):
        assert plain not in operator.get(url).content.decode()
    assert plain not in json.dumps({name: morsel.value for name, morsel in operator.cookies.items()})
    assert all(plain not in json.dumps(session.get_decoded()) for session in Session.objects.all())
    assert all(plain not in f"{act.object_repr} {act.change_message}" for act in LogEntry.objects.all())
    tables = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    with connection.cursor() as cursor:
        for table in sorted(tables & set(connection.introspection.table_names(cursor))):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {name} row WHERE strpos(row::text, %s) > 0", [plain])
            assert cursor.fetchone() == (0,), table


def test_no_log_has_it(operator: Client, account: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ExitStack() as levels:
        for name in ("django.template", "django.db.backends", "django.request"):
            levels.enter_context(caplog.at_level(logging.DEBUG, logger=name))
        plain = issued(operator, account)
    assert "in template 'credits/issued_key.html'" in caplog.text
    assert plain not in caplog.text


def test_a_key_of_an_inactive_account_does_not_work(operator: Client, account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert find_key(issued(operator, account)) is None


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("account", "")])
def test_a_key_needs_an_account_and_a_name(
    operator: Client, account: Account, field: str, value: str
) -> None:
    sent = {"account": account.pk, "name": "Production", field: value}
    assert errors(operator, ApiKey, sent) == {field: ["This field is required."]}
    assert not ApiKey.objects.filter(account=account).exists()


def test_the_page_revokes_by_the_databases_clock(operator: Client, account: Account) -> None:
    plain = issue_key(account=account, name="Production")
    key = ApiKey.objects.get(account=account)
    sent = {"name": "Production", "revoke": "on", "revoked_at_0": "2001-01-01", "revoked_at_1": "00:00:00"}
    assert operator.post(address(ApiKey, "change", key.pk), sent).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp() - revoked_at < interval '1 minute' FROM credits_apikey WHERE id = %s",
            [key.pk],
        )
        assert cursor.fetchone() == (True,)
    assert find_key(plain) is None
    assert history(operator) == [(str(key), "Changed Revoke this key.")]


def test_a_revoked_key_stays_revoked(operator: Client, account: Account) -> None:
    plain = issue_key(account=account, name="Production")
    ApiKey.objects.filter(account=account).revoke()
    key = ApiKey.objects.get(account=account)
    sent = {"name": "Renamed", "revoked_at": "", "revoked_at_0": "", "revoked_at_1": ""}
    assert operator.post(address(ApiKey, "change", key.pk), sent).status_code == 302
    again = ApiKey.objects.get(account=account)
    assert (again.name, again.revoked_at) == ("Renamed", key.revoked_at)
    assert 'name="revoke"' not in operator.get(address(ApiKey, "change", key.pk)).content.decode()
    ApiKey.objects.filter(account=account).revoke()
    assert ApiKey.objects.get(account=account).revoked_at == key.revoked_at
    assert find_key(plain) is None


def test_a_page_that_was_opened_before_the_revoking_does_not_undo_it(
    operator: Client, account: Account
) -> None:
    plain = issue_key(account=account, name="Production")
    stale = ApiKey.objects.get(account=account)
    ApiKey.objects.filter(account=account).revoke()
    stale.save(update_fields=["name"])
    assert operator.post(address(ApiKey, "change", stale.pk), {"name": "Renamed"}).status_code == 302
    assert find_key(plain) is None


def test_the_action_revokes_the_chosen_keys_each_with_its_actor(operator: Client, account: Account) -> None:
    for name in ("one", "two", "three", "old"):
        issue_key(account=account, name=name)
    keys = {key.name: key for key in ApiKey.objects.filter(account=account)}
    ApiKey.objects.filter(pk=keys["old"].pk).revoke()
    sent = {"action": "revoke_keys", "_selected_action": [keys[n].pk for n in ("one", "two", "old")]}
    response = operator.post(address(ApiKey, "changelist"), sent, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["2 API keys were revoked."]
    working = ApiKey.objects.filter(account=account, revoked_at=None)
    assert [key.name for key in working] == ["three"]
    assert history(operator) == [(str(keys["one"]), "Revoked."), (str(keys["two"]), "Revoked.")]


def test_all_keys_are_revoked_as_many_as_the_page_says(
    operator: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedPaginator, "most_counted", 2)
    for name in ("one", "two", "three"):
        issue_key(account=account, name=name)
    response = operator.get(address(ApiKey, "changelist"), {"account__id__exact": account.pk})
    assert response.context["cl"].result_count == 3


def test_an_account_of_a_key_cannot_be_changed(
    operator: Client, account: Account, make_account: object
) -> None:
    issue_key(account=account, name="Production")
    other = make_account(0)  # type: ignore[operator]
    key = ApiKey.objects.get(account=account)
    operator.post(address(ApiKey, "change", key.pk), {"name": "Renamed", "account": other.pk})
    assert ApiKey.objects.get(pk=key.pk).account == account


def test_issuing_and_revoking_need_their_permissions(account: Account) -> None:
    issue_key(account=account, name="Production")
    key = ApiKey.objects.get(account=account)
    with signed_in(is_staff=True, permissions="add_apikey") as issuer:
        response = issuer.post(address(ApiKey, "change", key.pk), {"name": "x", "revoke": "on"})
        assert response.status_code == 403
    with signed_in(is_staff=True, permissions="change_apikey") as revoker:
        sent = {"account": account.pk, "name": "Mine"}
        assert revoker.post(address(ApiKey, "add"), sent).status_code == 403
    key.refresh_from_db()
    assert (key.revoked_at, ApiKey.objects.filter(account=account).count()) == (None, 1)
