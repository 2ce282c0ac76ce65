"""What every test may use: a migrated database that is committed to for real, accounts, and models to call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from igny8_core.ai.emulator.client import Emulator
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account
from tests.callable_model import CallableModel, make_callable_model

pytest_plugins = ["tests.emulator_fixture"]

KEY_VARIABLE = "IGNY8_TEST_PROVIDER_KEY"
MakeAccount = Callable[..., Account]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> None:
    """The session's throwaway server, migrated. The ledger commits on its own connections, so nothing is rolled back:
    each test makes accounts of its own instead."""
    django_db_blocker.unblock()
    settings.PASSWORD_HASHERS = ["tests.passwords.OneRound"]
    call_command("migrate", verbosity=0)


@pytest.fixture(autouse=True, scope="session")
def _database(django_db_setup: None) -> None:
    os.environ[KEY_VARIABLE] = "test-provider-key"


@pytest.fixture
def make_account() -> MakeAccount:
    def make(credits: Decimal | int | str = 1000, **fields: object) -> Account:
        name = f"account-{uuid4().hex[:12]}"
        account = Account.objects.create(slug=name, name=name, **fields)
        if Decimal(credits) > 0:
            ledger.grant(
                account_id=account.pk, external_id="first", source="purchase", amount=Decimal(credits)
            )
        return account

    return make


@pytest.fixture
def account(make_account: MakeAccount) -> Account:
    """An account with 1,000 credits ($10)."""
    return make_account()


@pytest.fixture
def text_model(emulator: Emulator) -> Iterator[CallableModel]:
    """A text model at $1 / $10 per million tokens, on a provider of its own that the emulator serves."""
    with make_callable_model(
        emulator, model_type="text", input_cost_per_1m=Decimal(1), output_cost_per_1m=Decimal(10)
    ) as model:
        yield model


@pytest.fixture
def image_model(emulator: Emulator) -> Iterator[CallableModel]:
    """An image model at $0.04 an image, sizes 256x256 and 1024x1024."""
    with make_callable_model(
        emulator, model_type="image", cost_per_image=Decimal("0.04"), valid_sizes=["256x256", "1024x1024"]
    ) as model:
        yield model
