"""However a price is edited, every call that is admitted after the edit's COMMIT has returned is charged with it, and
none before; a scheduled price is charged from its moment to its end, by the database's clock.

A charge keeps when its hold was admitted, by the database's clock, and that is after its reserve was sent: so what is
true of the calls admitted after a COMMIT is true of those whose reserve was sent after it. This process and the database
are on one machine and read one clock.
"""

from __future__ import annotations

import logging
import os
import subprocess
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from dev.binaries import find_binaries
from igny8_core.ai.emulator.client import Emulator
from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.business.credits.models import Account, CreditUsageLog
from tests.callable_model import CallableModel, make_callable_model
from tests.conftest import MakeAccount
from tests.hold.callers import CAP, call_until_stopped
from tests.modules.billing_admin.pages import saved
from tests.workers import start_workers

logger = logging.getLogger(__name__)

PROCESSES = 8
FIRST_PRICE = 1
# Scheduled prices are these and above, edited ones below: a charge tells which it met.
FIRST_SCHEDULED_PRICE = 1000
# The admin's form, which others edit with meanwhile, knows whole seconds.
SECOND = timedelta(seconds=1)
AHEAD = timedelta(milliseconds=250)

Edit = Callable[[CallableModel, int], None]


@dataclass(frozen=True, slots=True)
class Edited:
    """A price in USD per million output tokens, when its edit began, and when its COMMIT had returned."""

    price: int
    began: datetime
    committed: datetime


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A price from `start` until just before `end`, which was committed before `start`."""

    price: int
    start: datetime
    end: datetime


@pytest.fixture
def model(emulator: Emulator) -> Iterator[CallableModel]:
    with make_callable_model(
        emulator, model_type="text", input_cost_per_1m=Decimal(0), output_cost_per_1m=Decimal(FIRST_PRICE)
    ) as model:
        model.answers_with_usage(input_tokens=7, output_tokens=CAP)
        yield model


@pytest.fixture
def administrator(client: Client, settings: Any) -> Client:
    settings.WHITENOISE_AUTOREFRESH = True  # no collected static files are needed
    client.force_login(get_user_model().objects.create_superuser(username=f"admin-{uuid4().hex}"))
    return client


def test_every_edit_and_every_schedule_applies_to_every_call_after_it(
    make_account: MakeAccount, model: CallableModel, administrator: Client
) -> None:
    race(make_account(10**8), model, administrator, edits=12, schedules=3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_edits_and_twenty_schedules(
    make_account: MakeAccount, model: CallableModel, administrator: Client
) -> None:
    race(make_account(10**8), model, administrator, edits=200, schedules=20)


def race(
    account: Account, model: CallableModel, administrator: Client, *, edits: int, schedules: int
) -> None:
    def by_admin_form(model: CallableModel, price: int) -> None:
        edit_by_admin_form(administrator, model.config, price)

    ways: list[Edit] = [by_admin_form, edit_by_update, edit_by_psql]
    edited = [Edited(FIRST_PRICE, datetime.min.replace(tzinfo=UTC), now())]
    scheduled: list[Scheduled] = []
    arguments = {"account": account.pk, "model": model.name}
    with start_workers(call_until_stopped, [arguments] * PROCESSES) as workers:
        for worker in workers:
            worker.go()
        wait_for_charges(account, after=edited[0].committed)
        for number in range(edits):
            if number % (edits // schedules) == 0 and len(scheduled) < schedules:
                # The edits go on meanwhile: while the scheduled price is valid they change nothing.
                wait_until(scheduled[-1].end if scheduled else now())
                scheduled.append(schedule(model, FIRST_SCHEDULED_PRICE + len(scheduled)))
            price = FIRST_PRICE + 1 + number
            began = now()
            ways[number % len(ways)](model, price)
            edited.append(Edited(price, began, now()))
            wait_for_charges(account, after=edited[-1].committed)
        wait_until(scheduled[-1].end)
        wait_for_charges(account, after=scheduled[-1].end)
        for worker in workers:
            worker.stop()
        calls = [call for worker in workers for call in worker.finish(seconds=60)]

    assert [call for call in calls if "error" in call] == []
    charges = list(
        CreditUsageLog.objects.filter(account=account).values_list("admitted_at", "cost_usd", "status")
    )
    assert {status for _time, _cost, status in charges} == {"settled"}
    assert len(charges) == len(calls) == model.count().received
    wrong = []
    met: Counter[int] = Counter()
    for admitted_at, cost, _status in charges:
        price = cost * 1_000_000 / CAP
        met[int(price)] += 1
        if price not in (allowed := prices_at(admitted_at, edited, scheduled)):
            wrong.append((admitted_at, price, allowed))
    assert wrong == []
    # Every price was met, but for those that a scheduled one was in the place of: none was judged on nothing.
    assert [each.price for each in scheduled if not met[each.price]] == []
    for each, following in pairwise(edited):
        hidden = any(over.start < following.began and each.committed < over.end for over in scheduled)
        assert met[each.price] or hidden
    logger.info("%s charges, %s edits, %s schedules: none at another price", len(charges), edits, schedules)


def prices_at(time: datetime, edited: list[Edited], scheduled: list[Scheduled]) -> set[int]:
    """The prices that a call admitted at `time` may have: one, but while an edit is on its way either may be first."""
    over = [each.price for each in scheduled if each.start <= time < each.end]
    if over:
        return set(over)
    last = bisect_right([each.committed for each in edited], time)
    return {each.price for each in edited[max(last - 1, 0) : last + 1] if each.began <= time}


def schedule(model: CallableModel, price: int) -> Scheduled:
    """A rate of the base price's unit and conditions, which takes its place for a second."""
    start = (now() + AHEAD).replace(microsecond=0) + SECOND
    planned = Scheduled(price, start, start + SECOND)
    ModelRate.objects.create(
        model=model.config, unit="output_tokens", amount=price, valid_from=planned.start, valid_to=planned.end
    )
    assert now() < planned.start, "the schedule was committed too late to be one"
    return planned


def now() -> datetime:
    return datetime.now(UTC)


def wait_until(moment: datetime) -> None:
    while now() < moment:
        time.sleep(0.01)


def edit_by_admin_form(client: Client, config: AIModelConfig, price: int) -> None:
    """What a person does: opens the form, changes one field, presses Save."""
    response = saved(client, config, output_cost_per_1m=str(price))
    assert response.status_code == 302, response.context["errors"]
    assert response["Location"] == reverse("admin:billing_aimodelconfig_changelist")


def edit_by_update(model: CallableModel, price: int) -> None:
    assert AIModelConfig.objects.filter(pk=model.config.pk).update(output_cost_per_1m=price) == 1


def edit_by_psql(model: CallableModel, price: int) -> None:
    statement = (
        f"UPDATE billing_aimodelconfig SET output_cost_per_1m = {price} WHERE model_name = '{model.name}'"
    )
    psql = find_binaries().folder / "psql"
    command = [psql, "--no-psqlrc", "--dbname", os.environ["DATABASE_URL"], "--command", statement]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "UPDATE 1\n"


def wait_for_charges(account: Account, *, after: datetime) -> None:
    """As many calls as there are processes were admitted after that moment, and charged."""
    charged = CreditUsageLog.objects.filter(account=account, admitted_at__gt=after)
    deadline = time.monotonic() + 60
    while charged.count() < PROCESSES:
        assert time.monotonic() < deadline
        time.sleep(0.01)
