"""Every setting of the product, with its default. A project sets `IGNY8_<NAME>` in its Django settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.conf import settings

DEFAULTS: Final[dict[str, Any]] = {
    # Most ledger connections that one process opens.
    "LEDGER_POOL_SIZE": 10,
    # How long a statement of the ledger waits for a lock before it is tried again: far below the next, so that one
    # locked account does not keep every connection waiting.
    "LEDGER_LOCK_TIMEOUT_MS": 500,
    # How long reserve and reads are retried while the database is away.
    "LEDGER_RETRY_SECONDS": 5,
    # How long a settle is retried by request id before the hold is left to become `unknown`.
    "SETTLE_RETRY_SECONDS": 30,
    # What one credit is worth.
    "USD_PER_CREDIT": Decimal("0.01"),
    # How long a call may take after its hold was made; no byte is sent after that.
    "HOLD_SECONDS": 900,
    # How long a duplicate of a keyed call waits for the first one's answer.
    "DUPLICATE_WAIT_SECONDS": 30,
    # Answers of keyed calls are kept this long, encrypted, and only up to this size.
    "ANSWER_SECONDS": 86_400,
    "ANSWER_MAX_BYTES": 1_048_576,
    # Timeouts of a provider call.
    "PROVIDER_CONNECT_SECONDS": 10,
    "PROVIDER_READ_SECONDS": 300,
    # Where providers without a key are served from in development; empty in production.
    "EMULATOR_URL": "",
}


def setting(name: str) -> Any:
    """The value of `IGNY8_<name>`, or its default. Raises KeyError for a name that is not listed here."""
    return getattr(settings, f"IGNY8_{name}", DEFAULTS[name])
