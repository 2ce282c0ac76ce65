"""However a price is edited, every call whose reserve is sent after the edit's COMMIT has returned is charged with it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.models import Account
from tests.callable_model import CallableModel, make_callable_model
from tests.hold.callers import CAP, call_until_stopped
from tests.modules.billing_admin.pages import opened
from tests.workers import Worker, start_workers

PROCESSES = 4
EDITS_OF_EACH_KIND = 5

Edit = Callable[[CallableModel, Decimal], None]


@dataclass(frozen=True, slots=True)
class Priced:
    """A price in USD per million output tokens, when its edit began, and when its COMMIT had returned."""

    price: Decimal
    began: float
    committed: float

    @property
    def cost(self) -> Decimal:
        return self.price * CAP / 1_000_000


@pytest.fixture
def model(emulator: Emulator) -> Iterator[CallableModel]:
    with make_callable_model(
        emulator, model_type="text", input_cost_per_1m=Decimal(0), output_cost_per_1m=Decimal(1)
    ) as model:
        model.answers_with_usage(input_tokens=7, output_tokens=CAP)
        yield model


@pytest.fixture
def administrator(client: Client, settings: Any) -> Client:
    settings.WHITENOISE_AUTOREFRESH = True  # no collected static files are needed
    client.force_login(get_user_model().objects.create_superuser(username=f"admin-{uuid4().hex}"))
    return client


def test_every_edit_applies_to_every_call_after_its_commit(
    account: Account, model: CallableModel, administrator: Client
) -> None:
    def by_admin_form(model: CallableModel, price: Decimal) -> None:
        edit_by_admin_form(administrator, model.config, price)

    edits: list[Edit] = [by_admin_form, edit_by_update, edit_by_psql]
    arguments = {"account": account.pk, "model": model.name}
    with start_workers(call_until_stopped, [arguments] * PROCESSES) as workers:
        for worker in workers:
            worker.go()
        wait_for_calls(workers)
        prices = [Priced(Decimal(1), 0.0, 0.0)]
        for number in range(EDITS_OF_EACH_KIND * len(edits)):
            price = Decimal(number + 2)
            began = time.monotonic()
            edits[number % len(edits)](model, price)
            prices.append(Priced(price, began, time.monotonic()))
            wait_for_calls(workers)
        for worker in workers:
            worker.stop()
        calls_of_each = [worker.finish(seconds=30) for worker in workers]

    calls = [call for each in calls_of_each for call in each]
    assert [call for call in calls if "error" in call] == []
    for price, following in pairwise([*prices, None]):
        assert price is not None
        for each in calls_of_each:
            costs = {Decimal(call["cost"]) for call in each if lies_within(call, price, following)}
            assert costs == {price.cost}
    # A call that overlaps an edit has a price that was valid at some instant of the call.
    for call in calls:
        assert Decimal(call["cost"]) in {
            price.cost
            for price, following in pairwise([*prices, None])
            if price is not None
            and price.began <= call["ended"]
            and (following is None or following.committed >= call["started"])
        }
    assert model.count().received == len(calls)


def lies_within(call: dict[str, Any], price: Priced, following: Priced | None) -> bool:
    """The call began after this price's COMMIT had returned, and ended before the next edit began."""
    return call["started"] > price.committed and (following is None or call["ended"] < following.began)


def edit_by_admin_form(client: Client, config: AIModelConfig, price: Decimal) -> None:
    """What a person does: opens the form, changes one field, presses Save."""
    url = reverse("admin:billing_aimodelconfig_change", args=[config.pk])
    posted = opened(client, config)
    response = client.post(url, posted | {"output_cost_per_1m": str(price), "_save": "Save"})
    assert response.status_code == 302, response.context["adminform"].errors
    assert response["Location"] == reverse("admin:billing_aimodelconfig_changelist")


def edit_by_update(model: CallableModel, price: Decimal) -> None:
    assert AIModelConfig.objects.filter(pk=model.config.pk).update(output_cost_per_1m=price) == 1


def edit_by_psql(model: CallableModel, price: Decimal) -> None:
    statement = (
        f"UPDATE billing_aimodelconfig SET output_cost_per_1m = {price} WHERE model_name = '{model.name}'"
    )
    psql = find_binaries().folder / "psql"
    command = [psql, "--no-psqlrc", "--dbname", os.environ["DATABASE_URL"], "--command", statement]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "UPDATE 1\n"


def wait_for_calls(workers: list[Worker]) -> None:
    """Each process ends three calls: the second of them, at least, lies between two edits."""
    wanted = [len(worker.reports()) + 3 for worker in workers]
    deadline = time.monotonic() + 60
    while any(len(worker.reports()) < count for worker, count in zip(workers, wanted, strict=True)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
