"""report_holds adds up what was held and what was charged, exactly, of the calls that have been charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from igny8_core.business.credits.hold_report import HeldAndCharged, HoldReport, report_holds
from igny8_core.business.credits.models import Account, CreditUsageLog
from tests.conftest import MakeAccount
from tests.ledger_calls import CARD, end, held, settle

OTHER_CARD = replace(CARD, model="other")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def report_of(account: Account, since: datetime = LONG_AGO) -> HoldReport:
    return report_holds(since=since, account_id=account.pk)


def test_each_model_has_its_sums_and_ratios_and_the_most_held_in_vain_comes_first(account: Account) -> None:
    for credits in (4, 5, 8):
        settle(held(account, 10), credits)
    settle(held(account, "40.5", card=OTHER_CARD), 3)

    assert report_of(account) == HoldReport(
        models=(
            HeldAndCharged(
                model="other",
                calls=1,
                held=Decimal("40.5"),
                charged=Decimal(3),
                ratio=Decimal("13.5"),
                median_ratio=Decimal("13.5"),
                p95_ratio=Decimal("13.5"),
                overruns=0,
                overrun_credits=Decimal(0),
            ),
            HeldAndCharged(
                model="test",
                calls=3,
                held=Decimal(30),
                charged=Decimal(17),
                ratio=Decimal("1.7647"),
                median_ratio=Decimal(2),
                p95_ratio=Decimal("2.5"),
                overruns=0,
                overrun_credits=Decimal(0),
            ),
        ),
        total=HeldAndCharged(
            model=None,
            calls=4,
            held=Decimal("70.5"),
            charged=Decimal(20),
            ratio=Decimal("3.525"),
            median_ratio=Decimal(2),
            p95_ratio=Decimal("13.5"),
            overruns=0,
            overrun_credits=Decimal(0),
        ),
    )


def test_a_cost_above_its_hold_is_an_overrun_and_one_at_its_hold_is_none(account: Account) -> None:
    settle(held(account, 10), 10)
    settle(held(account, 10), 13)
    settle(held(account, 10), 11)

    total = report_of(account).total
    assert (total.overruns, total.overrun_credits, total.median_ratio) == (2, 4, Decimal("0.9091"))


def test_a_charge_after_a_void_had_nothing_held(account: Account) -> None:
    request = held(account, 10)
    end(request, "void")
    settle(request, 4)

    total = report_of(account).total
    assert (total.calls, total.held, total.charged, total.ratio, total.overrun_credits) == (1, 0, 4, 0, 4)


def test_a_free_call_counts_and_has_no_ratio(account: Account) -> None:
    settle(held(account, 10), 0)
    assert report_of(account).total.ratio is None

    settle(held(account, 10), 5)
    total = report_of(account).total
    assert (total.calls, total.ratio, total.median_ratio) == (2, 4, 2)


def test_what_was_not_charged_is_left_out(account: Account) -> None:
    end(held(account, 10), "void")
    end(held(account, 10), "unknown")
    held(account, 10)

    nothing = HeldAndCharged(None, 0, Decimal(0), Decimal(0), None, None, None, 0, Decimal(0))
    assert report_of(account) == HoldReport(models=(), total=nothing)


def test_it_begins_with_the_call_admitted_at_that_moment(account: Account) -> None:
    settle(held(account, 10), 4)
    admitted_at = CreditUsageLog.objects.get(account=account).admitted_at

    assert report_of(account, admitted_at).total.calls == 1
    assert report_of(account, admitted_at + timedelta(microseconds=1)).total.calls == 0


def test_without_an_account_it_is_of_all(account: Account, make_account: MakeAccount) -> None:
    before = report_holds(since=LONG_AGO).total
    settle(held(account, 10), 4)
    settle(held(make_account(), 10), 5)
    after = report_holds(since=LONG_AGO).total

    assert (after.calls - before.calls, after.held - before.held, after.charged - before.charged) == (
        2,
        20,
        9,
    )
