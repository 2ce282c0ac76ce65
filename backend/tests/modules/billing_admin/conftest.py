"""People of the admin, and models of a test's own that no call is made to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig, AIProvider

MakeModel = Callable[..., AIModelConfig]
MakeUser = Callable[..., User]


@pytest.fixture
def make_user() -> Iterator[MakeUser]:
    """A member of the staff with these permissions of billing, e.g. "view_aimodelconfig"; none named: a superuser."""
    users = []

    def make(name: str, *permissions: str) -> User:
        unique = f"{name}-{uuid4().hex[:8]}"
        if permissions:
            user = User.objects.create_user(unique, password=None, is_staff=True)
            granted = Permission.objects.filter(codename__in=permissions, content_type__app_label="billing")
            assert granted.count() == len(permissions)
            user.user_permissions.set(granted)
        else:
            user = User.objects.create_superuser(unique, password=None)
        users.append(user)
        return user

    yield make
    for user in users:
        user.delete()


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.user = user  # type: ignore[attr-defined]
    return client


@pytest.fixture
def alice(make_user: MakeUser) -> User:
    return make_user("alice")


@pytest.fixture
def operator(alice: User) -> Client:
    """Alice, who may do everything."""
    return logged_in(alice)


@pytest.fixture
def viewer(make_user: MakeUser) -> Client:
    """Bob, who may look at models and providers."""
    return logged_in(make_user("bob", "view_aimodelconfig", "view_aiprovider"))


@pytest.fixture
def make_provider() -> Iterator[Callable[..., AIProvider]]:
    made = []

    def make(**fields: Any) -> AIProvider:
        slug = fields.pop("slug", f"provider-{uuid4().hex[:8]}")
        fields = {
            "name": slug,
            "dialect": "openai-compatible",
            "base_url": "https://provider.test/v1",
            **fields,
        }
        provider = AIProvider.objects.create(slug=slug, **fields)
        made.append(provider.pk)
        return provider

    yield make
    AIProvider.objects.filter(pk__in=made).delete()


@pytest.fixture
def provider(make_provider: Callable[..., AIProvider]) -> AIProvider:
    return make_provider()


@pytest.fixture
def make_model(provider: AIProvider) -> Iterator[MakeModel]:
    made = []

    def make(model_type: str = "text", **fields: Any) -> AIModelConfig:
        name = fields.pop("model_name", f"model-{uuid4().hex[:8]}")
        prices = (
            {"input_cost_per_1m": Decimal("0.15"), "output_cost_per_1m": Decimal("0.60")}
            if model_type == "text"
            else {"cost_per_image": Decimal("0.04"), "valid_sizes": ["1024x1024"]}
        )
        fields = {"display_name": name, "provider": provider, **prices, **fields}
        model = AIModelConfig.objects.create(model_name=name, model_type=model_type, **fields)
        made.append(model.pk)
        return model

    yield make
    AIModelConfig.objects.filter(pk__in=made).delete()


@pytest.fixture
def model(make_model: MakeModel) -> AIModelConfig:
    """A text model at $0.15 / $0.60 per 1M."""
    return make_model()


@pytest.fixture
def image_model(make_model: MakeModel) -> AIModelConfig:
    """An image model at $0.04."""
    return make_model("image")


@pytest.fixture
def _seeded_defaults() -> Iterator[None]:
    """gpt-4o-mini and dall-e-3 are the defaults again afterwards."""
    yield
    names = ("gpt-4o-mini", "dall-e-3")
    AIModelConfig.objects.exclude(model_name__in=names).update(is_default=False)
    AIModelConfig.objects.filter(model_name__in=names).update(
        is_default=True, is_active=True, updated_by=None
    )


@pytest.fixture
def default_text(_seeded_defaults: None) -> AIModelConfig:
    return AIModelConfig.objects.get(model_name="gpt-4o-mini")


@pytest.fixture
def default_image(_seeded_defaults: None) -> AIModelConfig:
    return AIModelConfig.objects.get(model_name="dall-e-3")
