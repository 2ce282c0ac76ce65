"""API keys: made here, kept only as hashes. A key is 160 random bits, so a plain SHA-256 is enough."""

from __future__ import annotations

import secrets
from hashlib import sha256

from igny8_core.business.credits.models import Account, ApiKey

PREFIX = "igny8_"
SHOWN_CHARACTERS = 12


def issue_key(*, account: Account, name: str, plain: str | None = None) -> str:
    """A new key of the account, in plain text: it cannot be shown again. `plain` chooses it (at least 26 characters)."""
    plain = plain or PREFIX + secrets.token_urlsafe(30)
    ApiKey.objects.create(
        account=account, name=name, prefix=plain[:SHOWN_CHARACTERS], key_hash=hash_key(plain)
    )
    return plain


def find_key(plain: str) -> ApiKey | None:
    """The key, if it is known, not revoked, and its account is active."""
    return (
        ApiKey.objects.select_related("account")
        .filter(key_hash=hash_key(plain), revoked_at=None, account__is_active=True)
        .first()
    )


def hash_key(plain: str) -> str:
    return sha256(plain.encode()).hexdigest()
