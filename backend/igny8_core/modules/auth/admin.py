"""Users and groups in the admin's look. Tokens have no page: a user's are ended by deactivation or a new password."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from igny8_core.modules.admin_base import ReadOnlyAdmin

# What would let somebody give themselves more than they were given.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")

for model in (User, Group, OutstandingToken, BlacklistedToken):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    # Instead of two lists beside each other, which do not fit a narrow window.
    filter_horizontal = ()
    autocomplete_fields = ("groups", "user_permissions")
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "last_login")

    class Media:
        css: ClassVar = {"all": ["igny8_auth/user.css"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_above(obj, request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: the history names its actors for good. Who has left is made inactive."""
        return False


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    filter_horizontal = ()
    autocomplete_fields = ("permissions",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser) and super().has_change_permission(request, obj)


@admin.register(Permission)
class PermissionAdmin(ReadOnlyAdmin):
    """Not in the index: it finds permissions for the two above."""

    search_fields = ("name", "codename", "content_type__app_label")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Permission]:
        # Its name tells what it is for.
        return Permission.objects.select_related("content_type").order_by(
            "content_type__app_label", "content_type__model", "codename"
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


def _is_above(user: User | None, request: HttpRequest) -> bool:
    """A superuser's password and address are for superusers to change."""
    return user is not None and user.is_superuser and not request.user.is_superuser
