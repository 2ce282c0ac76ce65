"""Who calls the API: Alice reads, Bob is staff and may change models, Vera is staff and may view them, a key acts for an account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.credits.api_keys import issue_key
from igny8_core.business.credits.models import Account
from igny8_core.modules.auth import tokens
from tests.modules.api.caller import Caller


@pytest.fixture(autouse=True)
def _whole_allowances() -> Iterator[None]:
    """No test is throttled by what another one asked for, and none of ours leaves others throttled."""
    _forget_arrivals()
    yield
    _forget_arrivals()


def _forget_arrivals() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM throttling_arrival")


def _user(username: str, *permissions: str, **fields: Any) -> User:
    user = User.objects.create_user(f"{username}-{uuid4().hex[:8]}", password=f"{username} says so", **fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def _leave(user: User) -> None:
    AIModelConfig.objects.filter(updated_by=user).update(updated_by=None)
    user.delete()


@pytest.fixture
def alice() -> Iterator[User]:
    user = _user("alice")
    yield user
    _leave(user)


@pytest.fixture
def bob() -> Iterator[User]:
    user = _user("bob", "change_aimodelconfig", is_staff=True)
    yield user
    _leave(user)


@pytest.fixture
def vera() -> Iterator[User]:
    user = _user("vera", "view_aimodelconfig", is_staff=True)
    yield user
    _leave(user)


@pytest.fixture
def reader(alice: User) -> Caller:
    return Caller(tokens.issue(alice)[0])


@pytest.fixture
def editor(bob: User) -> Caller:
    return Caller(tokens.issue(bob)[0])


@pytest.fixture
def viewer(vera: User) -> Caller:
    return Caller(tokens.issue(vera)[0])


@pytest.fixture
def key(account: Account) -> Caller:
    return Caller(issue_key(account=account, name="test"))


@pytest.fixture
def nobody() -> Caller:
    return Caller(None)


@pytest.fixture
def provider() -> Iterator[AIProvider]:
    name = f"provider-{uuid4().hex[:8]}"
    provider = AIProvider.objects.create(slug=name, name=name, base_url="https://ai.example/v1")
    yield provider
    AIModelConfig.objects.filter(provider=provider).delete()
    provider.delete()


@pytest.fixture
def model(provider: AIProvider) -> AIModelConfig:
    """A text model at $1 / $10 per million tokens."""
    return AIModelConfig.objects.create(
        model_name=f"model-{uuid4().hex[:8]}",
        display_name="A model",
        model_type="text",
        provider=provider,
        input_cost_per_1m="1",
        output_cost_per_1m="10",
    )
