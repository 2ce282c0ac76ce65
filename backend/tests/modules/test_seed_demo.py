"""seed_demo makes an account with credits, an administrator and a key, once."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from igny8_core.business.credits.api_keys import find_key
from igny8_core.business.credits.models import Account, ApiKey, Membership
from tests.ledger_calls import balance


def seed() -> dict[str, str]:
    output = StringIO()
    call_command("seed_demo", json=True, stdout=output)
    result: dict[str, str] = json.loads(output.getvalue().splitlines()[-1])
    return result


def test_what_it_prints_works_and_running_it_again_changes_nothing(settings: Any) -> None:
    settings.DEBUG = True
    first = seed()
    assert seed() == first
    account = Account.objects.get(slug=first["account"])
    key = find_key(first["api_key"])
    assert key is not None
    assert key.account == account
    user = authenticate(username=first["username"], password=first["password"])
    assert user is not None
    assert user.is_superuser
    assert balance(account) == (10_000, 0, 0)
    assert ApiKey.objects.filter(account=account).count() == 1
    assert Membership.objects.get(account=account).role == "owner"


def test_it_refuses_outside_development(settings: Any) -> None:
    settings.DEBUG = False
    before = Account.objects.count()
    with pytest.raises(CommandError, match="in development only"):
        seed()
    assert Account.objects.count() == before
