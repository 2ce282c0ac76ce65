from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from igny8_core.business.credits.models import Membership
from igny8_core.modules.admin_list.bounded_admin import ListAdmin
from igny8_core.modules.credits.admin.call_filters import ACCOUNT


@admin.register(Membership)
class MembershipAdmin(ListAdmin):
    list_display = ("account", "user", "role")
    list_select_related = ("account", "user")
    list_filter = (ACCOUNT, ("role", ChoicesDropdownFilter))
    ordering = ("account__slug", "id")
    search_fields = ("account__slug", "account__name", "user__username", "user__email")
    search_help_text = "Account or user"
    autocomplete_fields = ("account", "user")
