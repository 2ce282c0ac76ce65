"""API keys: made here, kept only as hashes. A key is 160 random bits, so a plain SHA-256 is enough."""

from __future__ import annotations

import secrets
from hashlib import sha256

from igny8_core.business.credits.models import Account, ApiKey
from igny8_core.business.errors import InvalidRequest

PREFIX = "igny8_"
SHOWN_CHARACTERS = 12
LEAST_CHARACTERS = 26


def issue_key(*, account: Account, name: str, plain: str | None = None) -> str:
    """A new key of the account, in plain text: it cannot be shown again. `plain` chooses it. Raises InvalidRequest for
    one that is too short or in use."""
    plain = plain or PREFIX + secrets.token_urlsafe(30)
    if len(plain) < LEAST_CHARACTERS or ApiKey.objects.filter(key_hash=hash_key(plain)).exists():
        raise InvalidRequest(f"the key is in use, or shorter than {LEAST_CHARACTERS} characters")
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
