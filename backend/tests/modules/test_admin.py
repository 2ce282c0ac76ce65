"""The admin shows the main tables; what only the ledger writes can be looked at and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import Account, AccountBalance, ApiKey, Grant
from igny8_core.modules.admin_base import ReadOnlyAdmin
from tests.ledger_calls import held, settle

OURS = [model for model in site._registry if model._meta.app_label in ("billing", "credits")]
READ_ONLY = [model for model in OURS if isinstance(site._registry[model], ReadOnlyAdmin)]


@pytest.fixture
def operator() -> Iterator[Client]:
    user = get_user_model().objects.create_superuser(username="operator", password="x")
    client = Client()
    client.force_login(user)
    yield client
    AIModelConfig.objects.filter(updated_by=user).update(updated_by=None)
    user.delete()


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_each_list_and_page_opens(operator: Client, account: Account, model: type[Model]) -> None:
    settle(held(account, 10), 4)
    meta = model._meta
    assert operator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        assert operator.get(url).status_code == 200


def test_the_main_tables_are_there() -> None:
    names = {model.__name__ for model in OURS}
    assert {
        "AIProvider",
        "AIModelConfig",
        "Account",
        "Grant",
        "Hold",
        "LedgerEntry",
        "CreditUsageLog",
    } <= names


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_what_the_ledger_writes_cannot_be_changed(
    operator: Client, account: Account, model: type[Model]
) -> None:
    settle(held(account, 10), 4)
    meta = model._meta
    row = model._default_manager.first()
    assert row is not None
    add = reverse(f"admin:{meta.app_label}_{meta.model_name}_add")
    change = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    delete = reverse(f"admin:{meta.app_label}_{meta.model_name}_delete", args=[row.pk])
    rows = model._default_manager.count()
    # The add page of a grant asks the ledger; here it is sent empty.
    refusal = 200 if model is Grant else 403
    answers = [operator.post(url, {"post": "yes"}).status_code for url in (add, change, delete)]
    assert answers == [refusal, 403, 403]
    assert model._default_manager.count() == rows


def test_every_table_of_the_ledger_is_read_only() -> None:
    writable = {Account, ApiKey, apps.get_model("credits", "Membership")}
    assert {model for model in OURS if model._meta.app_label == "credits"} - writable == set(READ_ONLY)


def test_saving_an_account_cannot_touch_its_balance(operator: Client, account: Account) -> None:
    url = reverse("admin:credits_account_change", args=[account.pk])
    form = {"slug": account.slug, "name": "New name", "external_id": "", "is_active": "on"}
    assert operator.post(url, form).status_code == 302
    account.refresh_from_db()
    assert (account.name, AccountBalance.objects.get(account=account).posted) == ("New name", 1000)
