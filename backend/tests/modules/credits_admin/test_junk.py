"""An address or a form that somebody made up is refused or answered; none of them is a fault of the server."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from igny8_core.business.credits.api_keys import issue_key
from igny8_core.business.credits.models import (
    Account,
    ApiKey,
    CreditUsageLog,
    Grant,
    Hold,
    LedgerEntry,
    Membership,
)
from tests.modules.credits_admin.rows import ADMINS, address, errors

DIGITS = "9" * 5000
BY_ACCOUNT = [model for model in ADMINS if model is not Account and model.__name__ != "AccountBalance"]


@pytest.mark.parametrize("model", BY_ACCOUNT, ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    "junk", [DIGITS, "²", "1/2", "-1"], ids=["digits", "superscript", "slash", "negative"]
)
def test_what_is_no_id_narrows_no_list(operator: Client, model: type[Model], junk: str) -> None:
    response = operator.get(address(model, "changelist"), {"account__id__exact": junk})
    assert (response.status_code, response["Location"]) == (302, f"{address(model, 'changelist')}?e=1")


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (CreditUsageLog, "admitted_at"),
        (Hold, "admitted_at"),
        (LedgerEntry, "created_at"),
        (Grant, "created_at"),
    ],
)
@pytest.mark.parametrize("bound", ["gte", "lt"])
@pytest.mark.parametrize("value", ["junk", "9999-12-31", "2026-01-01T00:00:00Z"])
def test_the_bounds_of_the_drill_down_cannot_be_written_by_hand(
    operator: Client, model: type[Model], field: str, bound: str, value: str
) -> None:
    response = operator.get(address(model, "changelist"), {f"{field}__{bound}": value})
    assert (response.status_code, response["Location"]) == (302, f"{address(model, 'changelist')}?e=1")


@pytest.mark.parametrize("model", [Grant, ApiKey, Membership], ids=lambda model: model.__name__)
@pytest.mark.parametrize("junk", ["1/2", DIGITS, "²"], ids=["slash", "digits", "superscript"])
def test_an_account_that_is_none_is_refused_by_its_form(
    operator: Client, model: type[Model], junk: str
) -> None:
    assert operator.get(address(model, "add"), {"account": junk}).status_code == 200
    found = errors(operator, model, {"account": junk})
    assert found["account"] == ["Select a valid choice. That choice is not one of the available choices."]


@pytest.mark.parametrize("junk", ["soon", "2026-01-01", "\x00"])
def test_a_time_in_the_address_of_the_grants_form_is_no_fault(operator: Client, junk: str) -> None:
    for name in ("expires_at", "expires_at_0"):
        assert operator.get(address(Grant, "add"), {name: junk}).status_code == 200


@pytest.mark.parametrize("chosen", ["junk", DIGITS, "\x00", "-1", ""])
def test_an_action_on_what_is_no_row_is_refused(operator: Client, account: Account, chosen: str) -> None:
    issue_key(account=account, name="Production")
    sent: dict[str, Any] = {"action": "revoke_keys", "_selected_action": [chosen]}
    assert operator.post(address(ApiKey, "changelist"), sent).status_code == 400
    assert ApiKey.objects.get(account=account).revoked_at is None


@pytest.mark.parametrize("term", ["a\x00b", "x" * 10_000, "a " * 5000, "%", "_", "\\", "'"])
def test_an_account_is_completed_from_any_text(operator: Client, account: Account, term: str) -> None:
    asked = {"app_label": "credits", "model_name": "grant", "field_name": "account", "term": term}
    assert operator.get("/admin/autocomplete/", asked).status_code == 200
    found = operator.get("/admin/autocomplete/", {**asked, "term": f"{account.slug}\x00"}).json()["results"]
    assert found == [{"id": str(account.pk), "text": account.slug}]
