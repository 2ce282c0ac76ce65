"""The pages of one call lead to each other, and the usage row shows how its price came about."""

from __future__ import annotations

import re

import pytest
from django.db.models import Model
from django.test import Client
from django.utils.text import capfirst

from igny8_core.business.billing.pricing import Confidence
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits import ledger
from igny8_core.business.credits.api_keys import issue_key
from igny8_core.business.credits.ledger import Ending
from igny8_core.business.credits.models import (
    Account,
    ApiKey,
    CreditUsageLog,
    Grant,
    Hold,
    LedgerEntry,
    StoredRateCard,
)
from tests.ledger_calls import end, held, hold_request, reserve, settle
from tests.modules.credits_admin.rows import address, page


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def call(account: Account) -> Hold:
    """A call with an API key, charged 15 credits for 15 tokens of which 10 were held."""
    issue_key(account=account, name="Production")
    key = ApiKey.objects.get(account=account)
    request = held(account, 10, api_key_id=key.pk, user_ref="ada")
    settle(request, 15)
    return Hold.objects.get(account=account, request_id=request.request_id)


def links_to(html: str, *rows: object) -> bool:
    return all(f'href="{address(type(row), "change", row.pk)}"' in html for row in rows)  # type: ignore[arg-type, attr-defined]


def test_a_hold_leads_to_what_became_of_it(operator: Client, account: Account, call: Hold) -> None:
    html = page(operator, Hold, call.pk)
    charges = LedgerEntry.objects.filter(account=account, request_id=call.request_id)
    assert charges.count() == 2
    assert links_to(
        html,
        account,
        *charges,
        CreditUsageLog.objects.get(account=account),
        StoredRateCard.objects.get(account=account),
        ApiKey.objects.get(account=account),
    )
    text = text_of(html)
    assert "Charge -10 · Overrun -5" in text
    assert "Settled: 15 input tokens" in text
    assert "$10,000.00" not in text
    assert "$10000.00 per 1M input tokens" in text


def test_a_usage_row_shows_how_it_was_priced(operator: Client, account: Account, call: Hold) -> None:
    row = CreditUsageLog.objects.get(account=account)
    html = page(operator, CreditUsageLog, row.pk)
    assert links_to(html, account, call, StoredRateCard.objects.get(account=account))
    text = text_of(html)
    assert "15 input tokens $10000.00 per 1M input tokens $0.15 Total $0.15" in text
    assert "Cost (USD) 0.15" in text
    assert "USD per credit 0.01" in text
    assert "API key Production" in text
    assert "000000000" not in text.replace(str(row.card_id), "")


@pytest.mark.parametrize("model", [CreditUsageLog, Hold, StoredRateCard], ids=lambda model: model.__name__)
def test_an_id_in_a_title_keeps_its_letters(account: Account, call: Hold, model: type[Model]) -> None:
    row = model._default_manager.filter(account=account).get()
    # A page's title begins with a capital, whatever the text is.
    assert capfirst(str(row)) == str(row)


def test_an_entry_leads_to_its_hold_and_to_the_grants_it_drew(
    operator: Client, account: Account, call: Hold
) -> None:
    entry = LedgerEntry.objects.get(account=account, kind="charge")
    grant = Grant.objects.get(account=account)
    html = page(operator, LedgerEntry, entry.pk)
    assert links_to(html, account, call, grant)
    assert "1,000 credits from purchase : 10" in text_of(html)
    granted = LedgerEntry.objects.get(account=account, kind="grant")
    assert links_to(page(operator, LedgerEntry, granted.pk), account, grant)


def test_a_card_shows_its_prices(operator: Client, account: Account, call: Hold) -> None:
    card = StoredRateCard.objects.get(account=account, card_id=call.card_id)
    assert "$10000.00 per 1M input tokens" in text_of(page(operator, StoredRateCard, card.pk))


def test_a_call_that_was_refused_says_why(operator: Client, account: Account) -> None:
    reserve(hold_request(account, 5000))
    row = CreditUsageLog.objects.get(account=account)
    text = text_of(page(operator, CreditUsageLog, row.pk))
    assert "Status Refused" in text
    assert "Error code insufficient_credits" in text
    assert "5000" in text


def test_an_open_hold_and_one_without_a_charge_have_dashes(operator: Client, account: Account) -> None:
    request = held(account, 10)
    hold = Hold.objects.get(account=account)
    text = text_of(page(operator, Hold, hold.pk))
    assert "Ledger entries –" in text
    assert "Closed at –" in text
    end(request, "void")
    assert "Void: test" in text_of(page(operator, Hold, hold.pk))


def test_the_names_are_for_people(operator: Client, account: Account) -> None:
    assert CreditUsageLog._meta.verbose_name_plural == "credit usage log rows"
    settle(held(account, 10), 4)
    html = operator.get(
        address(CreditUsageLog, "changelist"), {"account__id__exact": account.pk}
    ).content.decode()
    assert "Cost (USD)" in html
    assert "Cost usd" not in html
    assert "1 credit usage log row " in text_of(html) + " "


def test_an_unknown_hold_is_not_called_closed(operator: Client, account: Account) -> None:
    request = held(account, 10)
    end(request, "unknown")
    hold = Hold.objects.get(account=account)
    text = text_of(page(operator, Hold, hold.pk))
    assert (
        "Still set aside 10 credits, until somebody ends this hold: what the call cost is not known." in text
    )
    assert f"Became unknown at {hold.closed_at:%Y-%m-%d %H:%M:%S}" in text
    assert "Closed at" not in text
    assert "Expires at" not in text
    listed = operator.get(address(Hold, "changelist"), {"account__id__exact": account.pk}).content.decode()
    assert f"{hold.expires_at:%Y-%m-%d %H:%M:%S}" not in listed


def test_an_unpriced_call_costs_nobody_knows_what(operator: Client, account: Account) -> None:
    request = held(account, 10)
    ending = Ending(
        account_id=account.pk,
        request_id=request.request_id,
        attempt=1,
        state="unknown",
        error_code="unpriced_usage",
        usage=Usage(web_searches=1),
        confidence=Confidence.UNPRICED,
    )
    assert ledger.void([ending]) == ["unknown"]
    row = CreditUsageLog.objects.get(account=account)
    text = text_of(page(operator, CreditUsageLog, row.pk))
    assert "Confidence Unpriced Cost (USD) – " in text
    assert "Credits – " in text
    html = operator.get(
        address(CreditUsageLog, "changelist"), {"account__id__exact": account.pk}
    ).content.decode()
    assert "0.00" not in text_of(html[html.index('id="result_list"') :])
    assert "Unpriced" in html
