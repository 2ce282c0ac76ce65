"""People of the admin's front page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

MakeClient = Callable[..., Client]


@pytest.fixture
def client_of() -> Iterator[MakeClient]:
    users = []

    def make(*permissions: str, **fields: bool) -> Client:
        user = get_user_model().objects.create_user(username=f"user-{uuid4().hex[:8]}", **fields)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        users.append(user)
        client = Client()
        client.force_login(user)
        return client

    yield make
    for user in users:
        user.delete()


@pytest.fixture
def operator(client_of: MakeClient) -> Client:
    return client_of("view_creditusagelog", is_staff=True)
