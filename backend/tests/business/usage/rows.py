"""Rows of the usage log at any time, for tests that take them back: the log itself only ever gains rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import connection, transaction

from igny8_core.business.credits.models import Account

CARD_ID = UUID(int=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    admitted_at: datetime
    model: str | None = "alpha"
    provider: str | None = "greek"
    status: str = "settled"
    usage: dict[str, int | str] = field(default_factory=dict)
    confidence: str | None = None
    detail: dict[str, str] | None = None
    cost_usd: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)


@contextmanager
def undone() -> Iterator[None]:
    """What is written through Django's connection inside is seen inside, and never was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def log(account: Account, rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO credits_rate_card (account_id, card_id, body, stored_at) VALUES (%s, %s, '{}', now())"
            " ON CONFLICT DO NOTHING",
            [account.pk, CARD_ID],
        )
        cursor.executemany(
            "INSERT INTO credits_usage_log (account_id, admitted_at, logged_at, request_id, attempt, status,"
            " operation, model, provider, card_id, usage, cost_usd, usd_per_credit, credits, held,"
            " confidence, detail) VALUES (%s, %s, %s, %s, 1, %s, 'text', %s, %s, %s, %s, %s, 0.01, %s, 0, %s, %s)",
            [
                (
                    account.pk,
                    row.admitted_at,
                    row.admitted_at,
                    uuid4(),
                    row.status,
                    row.model,
                    row.provider,
                    CARD_ID,
                    json.dumps(row.usage),
                    row.cost_usd,
                    row.credits,
                    row.confidence or ("exact" if row.status == "settled" else None),
                    json.dumps(row.detail) if row.detail else None,
                )
                for row in rows
            ],
        )
