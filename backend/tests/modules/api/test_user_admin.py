"""Users and groups in the admin: nobody gives themselves more than they were given, and a new password ends tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from unfold.admin import ModelAdmin

from igny8_core.modules.auth import tokens
from tests.modules.api.caller import Caller

LogIn = Callable[..., Client]


@pytest.fixture
def log_in() -> Iterator[LogIn]:
    made: list[User] = []

    def as_user(*permissions: str, **fields: bool) -> Client:
        user = User.objects.create_user(f"clerk-{uuid4().hex[:8]}", is_staff=True, **fields)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        made.append(user)
        client = Client()
        client.force_login(user)
        return client

    yield as_user
    for user in made:
        user.delete()


@pytest.fixture
def superuser() -> Iterator[User]:
    user = User.objects.create_superuser(f"root-{uuid4().hex[:8]}", password="root says so")
    yield user
    user.delete()


def change(user: User, **fields: str) -> dict[str, str]:
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return {"username": user.username, "is_active": "on", **dates, **fields}


def test_nobody_deletes_a_user_for_the_history_names_them(log_in: LogIn, alice: User) -> None:
    client = log_in(is_superuser=True)
    assert client.post(f"/admin/auth/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    ticked = {"action": "delete_selected", "_selected_action": str(alice.pk), "post": "yes"}
    client.post("/admin/auth/user/", ticked)
    assert User.objects.filter(pk=alice.pk).exists()


def test_users_and_groups_have_pages_and_tokens_none(log_in: LogIn, alice: User) -> None:
    client = log_in(is_superuser=True)
    group = Group.objects.create(name=f"group-{uuid4().hex[:8]}")
    for path in (
        *("user/", "user/add/", f"user/{alice.pk}/change/", f"user/{alice.pk}/password/"),
        *("group/", "group/add/", f"group/{group.pk}/change/"),
    ):
        assert client.get(f"/admin/auth/{path}").status_code == 200
    index = client.get("/admin/").content.decode()
    assert "/admin/auth/user/" in index
    assert "token_blacklist" not in index
    assert "/admin/auth/permission/" not in index
    group.delete()


def test_all_pages_have_the_admins_look() -> None:
    assert [admin for admin in site._registry.values() if not isinstance(admin, ModelAdmin)] == []


def test_a_user_is_made_and_given_a_permission(log_in: LogIn) -> None:
    client = log_in(is_superuser=True)
    name = f"made-{uuid4().hex[:8]}"
    password = {"password1": "a long passphrase", "password2": "a long passphrase"}
    client.post("/admin/auth/user/add/", {"username": name, "usable_password": "true", **password})
    made = User.objects.get(username=name)
    permission = Permission.objects.get(codename="change_aimodelconfig")
    form = change(made, is_staff="on", user_permissions=str(permission.pk))
    assert client.post(f"/admin/auth/user/{made.pk}/change/", form).status_code == 302
    assert User.objects.get(pk=made.pk).has_perm("billing.change_aimodelconfig")
    made.delete()


def test_permissions_are_found_by_typing(log_in: LogIn) -> None:
    client = log_in(is_superuser=True)
    query = {
        "app_label": "auth",
        "model_name": "user",
        "field_name": "user_permissions",
        "term": "change_aimodel",
    }
    found = client.get("/admin/autocomplete/", query).json()["results"]
    assert "Billing | AI model configuration | Can change AI model configuration" in [
        result["text"] for result in found
    ]


def test_a_new_password_from_the_admin_ends_the_tokens(log_in: LogIn, alice: User) -> None:
    access = tokens.issue(alice)[0]
    form = {"password1": "another passphrase", "password2": "another passphrase", "usable_password": "true"}
    assert log_in(is_superuser=True).post(f"/admin/auth/user/{alice.pk}/password/", form).status_code == 302
    assert Caller(access).get().code == "password_changed"


def test_who_may_change_users_gives_nobody_more_power(log_in: LogIn, alice: User) -> None:
    client = log_in("change_user", "view_user")
    permission = Permission.objects.get(codename="change_aimodelconfig")
    form = change(
        alice,
        first_name="Alicia",
        is_staff="on",
        is_superuser="on",
        user_permissions=str(permission.pk),
    )
    assert client.post(f"/admin/auth/user/{alice.pk}/change/", form).status_code == 302
    alice.refresh_from_db()
    assert (alice.first_name, alice.is_staff, alice.is_superuser) == ("Alicia", False, False)
    assert alice.user_permissions.count() == 0


def test_only_superusers_change_superusers(log_in: LogIn, superuser: User) -> None:
    client = log_in("change_user", "view_user", "delete_user")
    new = {"password1": "another passphrase", "password2": "another passphrase", "usable_password": "true"}
    posts = [
        client.post(f"/admin/auth/user/{superuser.pk}/change/", change(superuser, email="me@example.org")),
        client.post(f"/admin/auth/user/{superuser.pk}/password/", new),
        client.post(f"/admin/auth/user/{superuser.pk}/delete/", {"post": "yes"}),
    ]
    assert [response.status_code for response in posts] == [403, 403, 403]
    ticked = {"action": "delete_selected", "_selected_action": str(superuser.pk), "post": "yes"}
    client.post("/admin/auth/user/", ticked)
    superuser.refresh_from_db()
    assert (superuser.email, superuser.check_password("root says so")) == ("", True)


def test_only_superusers_change_what_groups_may_do(log_in: LogIn) -> None:
    group = Group.objects.create(name=f"group-{uuid4().hex[:8]}")
    client = log_in("change_group", "add_group", "view_group")
    assert client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "mine"}).status_code == 403
    assert client.post("/admin/auth/group/add/", {"name": "mine"}).status_code == 403
    group.refresh_from_db()
    assert group.name != "mine"
    assert not Group.objects.filter(name="mine").exists()
    group.delete()
