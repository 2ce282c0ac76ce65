"""Finds what an operator pasted, across all accounts, although every index begins with the account."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Model, OuterRef, Q, Subquery

from igny8_core.business.credits.models import Account, Hold
from igny8_core.modules.admin_list.search import NOTHING, Search

# More accounts of one name than an index finds the rows of, one account at a time.
MOST_ACCOUNTS = 20


def as_uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None


def accounts_with(model: type[Model], **fields: object) -> list[int]:
    """Ids of the accounts that have such a row: one probe of the index (account, …) for each account. Asking the
    table instead would read all of that index."""
    probe = model._default_manager.filter(account_id=OuterRef("pk"), **fields).values("account_id")[:1]
    found = Account.objects.alias(found=Subquery(probe)).filter(found__isnull=False)
    return list(found.order_by().values_list("pk", flat=True))


def accounts_called(term: str) -> list[int]:
    """Ids of the accounts with exactly this slug, external id or name."""
    called = Account.objects.filter(Q(slug=term.lower()) | Q(external_id=term) | Q(name__iexact=term))
    return list(called.order_by().values_list("pk", flat=True))


def search_accounts(term: str) -> Search | None:
    """The rows of the accounts that are called so, or None where none is."""
    account_ids = accounts_called(term)
    if not account_ids:
        return None
    only = account_ids[0] if len(account_ids) == 1 else None
    is_served = len(account_ids) <= MOST_ACCOUNTS
    return Search(Q(account_id__in=account_ids), is_served=is_served, account_id=only)


def search_held_request(request_id: UUID) -> Search:
    """The rows of a request that was held."""
    account_ids = accounts_with(Hold, request_id=request_id)
    if not account_ids:
        return NOTHING
    return Search(Q(account_id__in=account_ids, request_id=request_id))
