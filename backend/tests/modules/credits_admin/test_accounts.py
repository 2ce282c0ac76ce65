"""Accounts: what each has at a glance, found by whatever it is called; switching one off keeps everything."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from igny8_core.ai.ai_core import AICore
from igny8_core.business.credits.api_keys import find_key, issue_key
from igny8_core.business.credits.models import Account, Grant, LedgerEntry, Membership
from igny8_core.business.errors import AccountRefused
from tests.callable_model import CallableModel
from tests.conftest import MakeAccount
from tests.ledger_calls import balance, held, settle
from tests.modules.credits_admin.rows import address, history, page, shown


def cells(client: Client, account: Account) -> dict[str, str]:
    response = client.get(address(Account, "changelist"), {"q": account.slug})
    admin, [row] = response.context["cl"].model_admin, response.context["cl"].result_list
    return {name: getattr(admin, name)(row) for name in ("posted", "reserved", "available", "debt")}


def test_the_list_shows_what_each_account_has(operator: Client, make_account: MakeAccount) -> None:
    account = make_account("1234.5")
    held(account, "30.25")
    assert cells(operator, account) == {
        "posted": "1,234.5",
        "reserved": "30.25",
        "available": "1,204.25",
        "debt": "0",
    }


def test_accounts_can_be_sorted_by_what_they_have_available(
    operator: Client, make_account: MakeAccount
) -> None:
    name = uuid4().hex
    accounts = {amount: make_account(amount) for amount in (5, 70, 60)}
    Account.objects.filter(pk__in=[account.pk for account in accounts.values()]).update(name=name)
    held(accounts[70], 50)
    column = 1 + list(operator.get(address(Account, "changelist")).context["cl"].list_display).index(
        "available"
    )
    offset = column - 1
    in_order = [accounts[amount].pk for amount in (60, 70, 5)]
    assert shown(operator, Account, q=name, o=f"-{offset}") == in_order
    assert shown(operator, Account, q=name, o=str(offset)) == in_order[::-1]


def test_accounts_in_debt_are_found(operator: Client, make_account: MakeAccount) -> None:
    name = uuid4().hex
    solvent, debtor = make_account(10), make_account(10)
    Account.objects.filter(pk__in=[solvent.pk, debtor.pk]).update(name=name)
    settle(held(debtor, 10), 25)
    assert balance(debtor) == (-15, 0, 15)
    assert shown(operator, Account, q=name, debt="yes") == [debtor.pk]
    assert shown(operator, Account, q=name, debt="no") == [solvent.pk]


@pytest.mark.parametrize("field", ["slug", "name", "external_id"])
def test_an_account_is_found_by_what_it_is_called(
    operator: Client, make_account: MakeAccount, field: str
) -> None:
    account = make_account(0, external_id=f"crm-{uuid4().hex}")
    assert shown(operator, Account, q=getattr(account, field)) == [account.pk]


def test_the_page_shows_the_balance_and_leads_to_all_that_the_account_has(
    operator: Client, account: Account
) -> None:
    held(account, "0.5")
    text = page(operator, Account, account.pk)
    assert "999.5" in text
    for name in ("creditusagelog", "hold", "ledgerentry", "grant", "apikey", "membership"):
        url = f"/admin/credits/{name}/?account__id__exact={account.pk}"
        assert f'href="{url}"' in text
        assert operator.get(url).status_code == 200


def test_switching_an_account_off_keeps_everything_and_refuses_its_calls(
    operator: Client, account: Account, text_model: CallableModel
) -> None:
    settle(held(account, 10), 4)
    key = issue_key(account=account, name="Production")
    sent = {"slug": account.slug, "name": account.name, "external_id": ""}
    assert operator.post(address(Account, "change", account.pk), sent).status_code == 302
    account.refresh_from_db()
    assert (account.is_active, balance(account)) == (False, (996, 0, 0))
    assert LedgerEntry.objects.filter(account=account).count() == 2
    assert Grant.objects.get(account=account).remaining == 996
    assert find_key(key) is None
    with pytest.raises(AccountRefused):
        AICore(account=account).run_ai_request(prompt="Hello", model=text_model.name, max_tokens=10)
    assert history(operator) == [(account.slug, "Changed Active.")]

    sent["is_active"] = "on"
    operator.post(address(Account, "change", account.pk), sent)
    assert find_key(key) is not None


def test_a_new_account_has_its_balance(operator: Client) -> None:
    slug = f"new-{uuid4().hex[:12]}"
    sent = {"slug": slug, "name": "New", "external_id": "", "is_active": "on", "posted": "5", "floor": "-9"}
    assert operator.post(address(Account, "add"), sent).status_code == 302
    account = Account.objects.get(slug=slug)
    assert (balance(account), account.balance.floor) == ((0, 0, 0), 0)
    assert history(operator) == [(slug, "Added.")]


def test_the_floor_and_the_balance_cannot_be_written(operator: Client, account: Account) -> None:
    sent = {"slug": account.slug, "name": account.name, "external_id": "", "is_active": "on"}
    sent |= {"posted": "5", "floor": "-9", "balance": "5", "debt": "1", "available": "7"}
    operator.post(address(Account, "change", account.pk), sent)
    account.balance.refresh_from_db()
    assert (balance(account), account.balance.floor) == ((Decimal(1000), 0, 0), 0)


def test_a_member_is_added_edited_and_removed_with_its_actor(operator: Client, account: Account) -> None:
    user = operator.user  # type: ignore[attr-defined]
    sent = {"account": account.pk, "user": user.pk, "role": "member"}
    assert operator.post(address(Membership, "add"), sent).status_code == 302
    membership = Membership.objects.get(account=account)
    sent["role"] = "owner"
    assert operator.post(address(Membership, "change", membership.pk), sent).status_code == 302
    membership.refresh_from_db()
    assert membership.role == "owner"
    assert shown(operator, Membership, q=account.slug) == [membership.pk]
    operator.post(address(Membership, "delete", membership.pk), {"post": "yes"})
    assert not Membership.objects.filter(account=account).exists()
    assert [message for _, message in history(operator)] == ["Added.", "Changed Role.", ""]


@pytest.mark.parametrize("path", ["membership/add", "grant/add", "apikey/add", "membership", "hold"])
def test_no_page_lists_all_accounts_to_choose_from(
    operator: Client, make_account: MakeAccount, path: str
) -> None:
    account = make_account(0)
    assert f">{account.slug}<" not in operator.get(f"/admin/credits/{path}/").content.decode()
