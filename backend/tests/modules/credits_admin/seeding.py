"""Fills an empty, migrated database with a plausible past, in SQL: half a year of calls in time order.

Account 0 makes three of ten calls, account 1 made a third of the oldest calls and none since, the last hundred
accounts make none. `retired-model` was used by the oldest twentieth only and `rare-model` five times; four calls of
a hundred were refused, void or unknown; ten were priced from the constants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

DAYS = 180

STEPS = (
    """
    INSERT INTO credits_account (slug, name, external_id, is_active, created_at)
    SELECT 'seeded-' || to_char(n, 'FM00000'), 'Seeded ' || n, 'crm-' || n, n %% 50 <> 49,
           clock_timestamp() - interval '200 days'
      FROM generate_series(0, %(accounts)s - 1) n
    """,
    # Past months have partitions in a system that has lived through them.
    """
    DO $$
    DECLARE
        v_month timestamp := date_trunc('month', timezone('UTC', clock_timestamp()) - interval '7 months');
    BEGIN
        WHILE to_regclass('credits_usage_log_' || to_char(v_month, 'YYYY_MM')) IS NULL LOOP
            EXECUTE format('CREATE TABLE %%I PARTITION OF credits_usage_log FOR VALUES FROM (%%L) TO (%%L)',
                'credits_usage_log_' || to_char(v_month, 'YYYY_MM'),
                timezone('UTC', v_month), timezone('UTC', v_month + interval '1 month'));
            v_month := v_month + interval '1 month';
        END LOOP;
    END $$
    """,
    # Asked once for all rows at the end: asking for each would take most of the time.
    """
    CREATE TEMPORARY TABLE seeded_key AS
    SELECT conrelid::regclass AS relation, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE contype = 'f' AND conparentid = 0 AND conrelid::regclass::text IN (
           'credits_rate_card', 'credits_hold', 'credits_grant', 'credits_ledgerentry', 'credits_usage_log')
    """,
    """
    DO $$
    DECLARE
        v_key record;
    BEGIN
        FOR v_key IN SELECT * FROM seeded_key LOOP
            EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', v_key.relation, v_key.conname);
        END LOOP;
    END $$
    """,
    """
    INSERT INTO credits_rate_card (account_id, card_id, body, stored_at)
    SELECT a.id, md5('card')::uuid, '{"model": "gpt-4o-mini", "provider": "openai", "rates": [
               {"amount": "0.15", "per": 1000000, "unit": "input_tokens"},
               {"amount": "0.6", "per": 1000000, "unit": "output_tokens"}], "source": "database"}', a.created_at
      FROM credits_account a WHERE a.slug LIKE 'seeded-%%'
    """,
    """
    CREATE TEMPORARY TABLE seeded_call AS
    SELECT n, f.first + CASE
                WHEN n %% 10 < 3 THEN 0
                WHEN n < %(calls)s / 3 AND n %% 10 < 6 THEN 1
                ELSE 2 + (n::bigint * 7919) %% (%(accounts)s - 102) END AS account_id,
           clock_timestamp() - interval '180 days' * (1 - n::float / %(calls)s) AS at,
           md5(n::text)::uuid AS request_id,
           CASE WHEN n %% 1000 < 960 THEN 'settled' WHEN n %% 1000 < 980 THEN 'refused'
                WHEN n %% 1000 < 995 THEN 'void' ELSE 'unknown' END AS status,
           CASE WHEN n %% (%(calls)s / 5) = 77 THEN 'rare-model'
                WHEN n < %(calls)s / 20 THEN 'retired-model'
                WHEN n %% 50 = 0 THEN 'dall-e-3'
                WHEN n %% 7 = 0 THEN 'gpt-4.1'
                WHEN n %% 3 = 0 THEN 'gpt-4o'
                ELSE 'gpt-4o-mini' END AS model,
           CASE WHEN n %% 50 = 0 THEN 'image' ELSE 'text' END AS operation,
           CASE WHEN n %% (%(calls)s / 10) = 5 THEN 'constants' ELSE 'database' END AS price_source,
           CASE WHEN n %% 5 > 0 THEN 'user-' || n %% 4999 END AS user_ref,
           CASE WHEN n %% 50 = 0 THEN '{"images": 1}'::jsonb
                ELSE jsonb_build_object('input_tokens', 500 + n %% 4000, 'output_tokens', 20 + n %% 700) END AS usage,
           (0.05 + n %% 100 / 1000.0)::numeric(20, 6) AS credits
      FROM generate_series(0, %(calls)s - 1) n,
           (SELECT min(id) AS first FROM credits_account WHERE slug LIKE 'seeded-%%') f
    """,
    # The newest five hundred are still being made.
    """
    INSERT INTO credits_hold (
        account_id, request_id, attempt, owner, fingerprint, state, amount, available_after, floor_at_reserve, card_id,
        catalogue_version, price_source, operation, model, provider, user_ref, admitted_at, expires_at, closed_at)
    SELECT account_id, request_id, 1, request_id, request_id,
           CASE WHEN n < %(calls)s - 500 THEN status ELSE 'sent' END, credits + 1, 1000, 0, md5('card')::uuid,
           request_id, price_source, operation, model, 'openai', user_ref, at, at + interval '10 minutes',
           CASE WHEN n < %(calls)s - 500 THEN at + interval '3 seconds' END
      FROM seeded_call WHERE status <> 'refused' ORDER BY n
    """,
    """
    INSERT INTO credits_grant (
        account_id, external_id, source, amount, repaid, remaining, priority, is_paid, expires_at, created_at)
    SELECT f.first + n %% %(accounts)s, 'seeded-' || n,
           (ARRAY['purchase', 'subscription', 'promotion', 'adjustment'])[1 + n %% 4],
           1000, 0, CASE WHEN n %% 3 = 0 THEN 250 ELSE 0 END, 100, n %% 4 < 2,
           CASE WHEN n %% 4 > 0 THEN clock_timestamp() + interval '1 day' * (n %% 400 - 200) END,
           clock_timestamp() - interval '180 days' * (1 - n::float / %(grants)s)
      FROM generate_series(0, %(grants)s - 1) n,
           (SELECT min(id) AS first FROM credits_account WHERE slug LIKE 'seeded-%%') f
    """,
    """
    INSERT INTO credits_ledgerentry (
        account_id, kind, amount, posted_after, request_id, grant_id, draws, created_at)
    SELECT * FROM (
        SELECT account_id, 'charge', -credits, 1000, request_id, NULL::bigint, '{}'::jsonb,
               at + interval '3 seconds' AS created_at
          FROM seeded_call WHERE status = 'settled' AND n < %(calls)s - 500
        UNION ALL
        SELECT account_id, 'overrun', -credits / 10, 999, request_id, NULL, '{}', at + interval '3 seconds'
          FROM seeded_call WHERE status = 'settled' AND n %% 1000 = 1
        UNION ALL
        SELECT account_id, 'grant', amount, 1000, NULL, id, NULL, created_at FROM credits_grant
         WHERE external_id LIKE 'seeded-%%') e
     ORDER BY created_at
    """,
    """
    INSERT INTO credits_usage_log (
        account_id, admitted_at, logged_at, request_id, attempt, status, error_code, operation, model, provider,
        user_ref, price_source, card_id, usage, cost_usd, usd_per_credit, credits, held,
        confidence)
    SELECT account_id, at, at + interval '3 seconds', request_id, CASE status WHEN 'refused' THEN 0 ELSE 1 END, status,
           CASE status WHEN 'settled' THEN NULL WHEN 'refused' THEN 'insufficient_credits'
               WHEN 'void' THEN 'provider_error' ELSE 'provider_timeout' END, operation, model, 'openai', user_ref,
           price_source, CASE status WHEN 'refused' THEN NULL ELSE md5('card')::uuid END,
           CASE status WHEN 'settled' THEN usage ELSE '{}' END,
           CASE status WHEN 'settled' THEN credits / 100 ELSE 0 END, 0.01,
           CASE status WHEN 'settled' THEN credits ELSE 0 END,
           CASE status WHEN 'refused' THEN 0 ELSE credits + 1 END,
           CASE status WHEN 'settled' THEN CASE n %% 1000 WHEN 2 THEN 'estimated' ELSE 'exact' END
               WHEN 'unknown' THEN CASE n %% 10 WHEN 7 THEN 'unpriced' END END
      FROM seeded_call WHERE n < %(calls)s - 500 ORDER BY n
    """,
    """
    UPDATE credits_accountbalance b
       SET posted = 1000 + a.id %% 977, reserved = a.id %% 13, debt = CASE a.id %% 200 WHEN 7 THEN 12.5 ELSE 0 END
      FROM credits_account a WHERE a.id = b.account_id AND a.slug LIKE 'seeded-%%'
    """,
    """
    DO $$
    DECLARE
        v_key record;
    BEGIN
        FOR v_key IN SELECT * FROM seeded_key LOOP
            EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', v_key.relation, v_key.conname, v_key.definition);
        END LOOP;
    END $$
    """,
    "DROP TABLE seeded_call, seeded_key",
)


@dataclass(frozen=True, slots=True)
class Seeded:
    """`busy` and `quiet` are ids of accounts 0 and 1; `idle` is one without any call."""

    busy: int
    quiet: int
    idle: int
    settled_request: str
    refused_request: str


def seed(*, calls: int, accounts: int, grants: int) -> Seeded:
    """`calls` holds and usage rows and nearly as many entries, vacuumed and analysed as by a server that lives on."""
    values: dict[str, Any] = {"calls": calls, "accounts": accounts, "grants": grants}
    with connection.cursor() as cursor:
        for step in STEPS:
            cursor.execute(step, values)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT min(id), max(id), md5('7')::uuid::text, md5('970')::uuid::text FROM credits_account"
            " WHERE slug LIKE %s",
            ["seeded-%"],
        )
        first, last, settled, refused = cursor.fetchone()  # type: ignore[misc]
    return Seeded(first, first + 1, last, settled, refused)
