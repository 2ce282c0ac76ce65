"""The admin of money. What the ledger writes can be looked at; credits come in by its grant, and by nothing else."""

from igny8_core.modules.credits.admin.account import AccountAdmin
from igny8_core.modules.credits.admin.account_balance import AccountBalanceAdmin
from igny8_core.modules.credits.admin.api_key import ApiKeyAdmin
from igny8_core.modules.credits.admin.credit_usage_log import CreditUsageLogAdmin
from igny8_core.modules.credits.admin.grant import GrantAdmin
from igny8_core.modules.credits.admin.hold import HoldAdmin
from igny8_core.modules.credits.admin.ledger_entry import LedgerEntryAdmin
from igny8_core.modules.credits.admin.membership import MembershipAdmin
from igny8_core.modules.credits.admin.rate_card import StoredRateCardAdmin

__all__ = [
    "AccountAdmin",
    "AccountBalanceAdmin",
    "ApiKeyAdmin",
    "CreditUsageLogAdmin",
    "GrantAdmin",
    "HoldAdmin",
    "LedgerEntryAdmin",
    "MembershipAdmin",
    "StoredRateCardAdmin",
]
