"""What the pages of a call share, whether they show its hold or a row of its usage log."""

from __future__ import annotations

from django.contrib import admin

from igny8_core.business.credits.models import CreditUsageLog, Hold
from igny8_core.modules.admin_list import cells
from igny8_core.modules.admin_list.bounded_admin import BoundedAdmin
from igny8_core.modules.admin_list.once import once
from igny8_core.modules.credits.admin import call_links


class CallAdmin(BoundedAdmin):
    date_hierarchy = "admitted_at"

    @admin.display(description="Admitted at")
    def admitted(self, call: Hold | CreditUsageLog) -> str:
        return cells.moment(call.admitted_at)

    @admin.display(description="Request")
    def request_short(self, call: Hold | CreditUsageLog) -> str:
        return cells.short_id(call.request_id)

    @admin.display(description="Account")
    def account_link(self, call: Hold | CreditUsageLog) -> str:
        return call_links.account(call.account)

    @admin.display(description="API key")
    @once
    def api_key(self, call: Hold | CreditUsageLog) -> str:
        return call_links.api_key(call.account_id, call.api_key_id)

    @admin.display(description="Rate card")
    @once
    def rate_card(self, call: Hold | CreditUsageLog) -> str:
        return call_links.rate_card(call.account_id, call.card_id)
