"""Tables of money. `ledger.py` is the only writer of balances, grants, holds and entries."""

from igny8_core.business.credits.models.account import Account, AccountBalance, Membership
from igny8_core.business.credits.models.api_key import ApiKey
from igny8_core.business.credits.models.catalogue_version import CatalogueVersion
from igny8_core.business.credits.models.credit_usage_log import CreditUsageLog
from igny8_core.business.credits.models.grant import Grant
from igny8_core.business.credits.models.hold import Hold
from igny8_core.business.credits.models.ledger_entry import LedgerEntry
from igny8_core.business.credits.models.rate_card import StoredRateCard
from igny8_core.business.credits.models.stored_answer import StoredAnswer

__all__ = [
    "Account",
    "AccountBalance",
    "ApiKey",
    "CatalogueVersion",
    "CreditUsageLog",
    "Grant",
    "Hold",
    "LedgerEntry",
    "Membership",
    "StoredAnswer",
    "StoredRateCard",
]
