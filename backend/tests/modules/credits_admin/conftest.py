"""Who uses the admin: an operator who may do everything, and staff who may only look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.test import Client


@contextmanager
def signed_in(*, permissions: str | None = None, **fields: object) -> Iterator[Client]:
    """A browser of a new user, who has the permissions of `credits` that begin so."""
    user: User = get_user_model().objects.create_user(username=f"user-{uuid4().hex[:12]}", **fields)
    if permissions is not None:
        granted = Permission.objects.filter(
            content_type__app_label="credits", codename__startswith=permissions
        )
        user.user_permissions.set(granted)
    client = Client()
    client.force_login(user)
    client.user = user  # type: ignore[attr-defined]
    yield client
    user.delete()


@pytest.fixture
def operator() -> Iterator[Client]:
    with signed_in(is_staff=True, is_superuser=True) as client:
        yield client


@pytest.fixture
def viewer() -> Iterator[Client]:
    """Staff who may look at everything of credits, and nothing else."""
    with signed_in(is_staff=True, permissions="view_") as client:
        yield client


@pytest.fixture
def stranger() -> Iterator[Client]:
    """Signed in, with every permission, and no staff."""
    with signed_in(permissions="") as client:
        yield client
