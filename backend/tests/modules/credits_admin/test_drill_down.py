"""From a year to a month to a day, by the first and the last date alone."""

from __future__ import annotations

from datetime import UTC, date

import pytest
from django.test import Client

from igny8_core.business.credits.models import Account, CreditUsageLog, Grant, Hold, LedgerEntry
from igny8_core.modules.admin_list.drill_down import Parts, drill_down
from tests.ledger_calls import held, settle
from tests.modules.credits_admin.rows import address, shown


def choices(first: date, last: date, **chosen: int) -> tuple[list[str], list[str]]:
    """Titles of the path and of the choices."""
    found = drill_down(first=first, last=last, chosen=chosen, url=str)
    return [step.title for step in found.path], [step.title for step in found.choices]


def test_several_years_are_offered_first() -> None:
    assert choices(date(2024, 12, 31), date(2026, 1, 1)) == (["All dates"], ["2024", "2025", "2026"])


def test_the_months_of_a_single_year_are_offered_at_once() -> None:
    assert choices(date(2026, 2, 28), date(2026, 4, 1)) == (["All dates"], ["February", "March", "April"])


def test_a_year_offers_its_months_between_the_first_and_the_last_date() -> None:
    assert choices(date(2024, 11, 30), date(2026, 1, 1), year=2024) == (
        ["All dates", "2024"],
        ["November", "December"],
    )
    assert choices(date(2024, 11, 30), date(2026, 1, 1), year=2026)[1] == ["January"]
    assert len(choices(date(2024, 11, 30), date(2026, 1, 1), year=2025)[1]) == 12
    assert choices(date(2024, 11, 30), date(2026, 1, 1), year=2023)[1] == []


def test_a_month_offers_its_days_between_the_first_and_the_last_date() -> None:
    first, last = date(2024, 2, 27), date(2024, 3, 2)
    assert choices(first, last, year=2024, month=2) == (["All dates", "2024", "February"], ["27", "28", "29"])
    assert choices(first, last, year=2024, month=3)[1] == ["1", "2"]


def test_a_day_stays_among_the_days_of_its_month() -> None:
    found = drill_down(
        first=date(2026, 3, 1), last=date(2026, 3, 3), chosen={"year": 2026, "month": 3, "day": 2}, url=str
    )
    assert [(choice.title, choice.is_chosen) for choice in found.choices] == [
        ("1", False),
        ("2", True),
        ("3", False),
    ]
    assert [step.is_chosen for step in found.path] == [False, False, False]


def test_each_step_knows_its_address() -> None:
    asked: list[Parts] = []

    def url(parts: Parts) -> str:
        asked.append(parts)
        return ""

    drill_down(first=date(2026, 3, 1), last=date(2026, 3, 1), chosen={"year": 2026, "month": 3}, url=url)
    assert asked == [{}, {"year": 2026}, {"year": 2026, "month": 3}, {"year": 2026, "month": 3, "day": 1}]


@pytest.mark.parametrize(
    "model", [CreditUsageLog, Hold, LedgerEntry, Grant], ids=lambda model: model.__name__
)
def test_a_list_is_narrowed_to_the_day_and_keeps_its_other_filters(
    operator: Client, account: Account, model: type
) -> None:
    settle(held(account, 10), 4)
    field = "admitted_at" if model in (CreditUsageLog, Hold) else "created_at"
    row = model._default_manager.filter(account=account).order_by("-id").first()
    moment = getattr(row, field).astimezone(UTC)
    day = {f"{field}__year": moment.year, f"{field}__month": moment.month, f"{field}__day": moment.day}
    assert row.pk in shown(operator, model, account__id__exact=account.pk, **day)
    assert shown(operator, model, account__id__exact=account.pk, **{**day, f"{field}__year": 2001}) == []
    response = operator.get(address(model, "changelist"), {"account__id__exact": account.pk, **day, "p": 1})
    path = response.context["cl"].drill_down.path
    kept = f"?account__id__exact={account.pk}"
    assert [step.url for step in path] == [
        kept,
        f"{kept}&{field}__year={moment.year}",
        f"{kept}&{field}__month={moment.month}&{field}__year={moment.year}",
    ]
    assert 'id="drill-down"' in response.content.decode()
