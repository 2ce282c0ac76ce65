"""How long the usage panel of the admin's front page takes with a million rows of usage in its 90 days.

A throwaway server with durable settings; two million rows over 180 days, so that the days before have as many, eleven
models, 50 accounts, a partition a month as the product makes them. The reference counts the same rows and no more.
Medians of the rounds, after one that warms up.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from dev.postgres import throwaway_server

ROWS = 2_000_000
DAYS = 180
ROUNDS = 5
PERIODS = (7, 30, 90)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
os.environ.setdefault("SECRET_KEY", "benchmark")

PAST_MONTHS = """
DO $$ DECLARE
    v_month timestamp := date_trunc('month', timezone('UTC', now()));
BEGIN
    FOR i IN 1..7 LOOP
        v_month := v_month - interval '1 month';
        EXECUTE format('CREATE TABLE %I PARTITION OF credits_usage_log FOR VALUES FROM (%L) TO (%L)',
            'credits_usage_log_' || to_char(v_month, 'YYYY_MM'), timezone('UTC', v_month),
            timezone('UTC', v_month + interval '1 month'));
    END LOOP;
END $$"""
ACCOUNTS = """
INSERT INTO credits_account (slug, name, is_active, created_at)
SELECT 'account-' || n, 'Account', true, now() FROM generate_series(1, 50) n"""
CARDS = """
INSERT INTO credits_rate_card (account_id, card_id, body, stored_at)
SELECT id, '00000000-0000-0000-0000-000000000001', '{}', now() FROM credits_account"""
USAGE = """
INSERT INTO credits_usage_log (account_id, admitted_at, logged_at, request_id, attempt, status, error_code, operation,
    model, provider, user_ref, price_source, card_id, usage, cost_usd, usd_per_credit, credits, held, confidence)
SELECT 1 + n %% 50, at, at + interval '2 s', gen_random_uuid(), 1,
    CASE WHEN n %% 40 = 0 THEN 'void' WHEN n %% 97 = 0 THEN 'refused' ELSE 'settled' END,
    CASE WHEN n %% 40 = 0 THEN 'provider_error' END, CASE WHEN n %% 11 = 8 THEN 'image' ELSE 'text' END,
    'model-' || n %% 11, 'provider-' || n %% 11 %% 3, 'user-' || n %% 1000, 'database',
    '00000000-0000-0000-0000-000000000001',
    CASE WHEN n %% 11 = 8 THEN '{"images": 1}'
         ELSE jsonb_build_object('input_tokens', 100 + n * 7919 %% 8000, 'output_tokens', n * 31 %% 900) END,
    (n * 7919 %% 1000003) * 0.00000015, 0.01, (n * 7919 %% 1000003) * 0.000015, 0,
    CASE WHEN n %% 40 <> 0 AND n %% 97 <> 0 THEN 'exact' END
  FROM (SELECT n, now() - make_interval(secs => (%(rows)s - n)::float8 / %(rows)s * %(days)s * 86400) AS at
          FROM generate_series(1::bigint, %(rows)s) n) s"""
COUNT = "SELECT count(*) FROM credits_usage_log WHERE admitted_at >= %s AND admitted_at < %s"


def main() -> None:
    with throwaway_server() as server:
        os.environ["DATABASE_URL"] = server.url
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0)
        load()
        measure()


def load() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in (PAST_MONTHS, ACCOUNTS, CARDS):
            cursor.execute(statement)
        cursor.execute(USAGE, {"rows": ROWS, "days": DAYS})
        cursor.execute("VACUUM ANALYZE credits_usage_log")
        cursor.execute("SELECT current_setting('server_version'), current_setting('shared_buffers')")
        print("PostgreSQL {}, shared_buffers {}".format(*(cursor.fetchone() or ())))


def measure() -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from igny8_core.business.usage.by_day import usage_before, usage_by_day
    from igny8_core.business.usage.days import Days
    from igny8_core.business.usage.usage_log import UsageLog

    client = Client()
    client.force_login(get_user_model().objects.create_superuser(username="operator"))
    log = UsageLog(longest_ms=60_000)
    now = datetime.now(UTC)

    def count(days: Days) -> int:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [days.starts_at, days.ends_at])
            return int((cursor.fetchone() or (0,))[0])

    def panel(period: int) -> None:
        response = client.get(reverse("usage_by_day"), {"days": str(period)})
        assert b"usage-by-model" in response.content

    print(
        f"the front page itself, without the panel  {ms(lambda: client.get(reverse('admin:index'))):7,.0f} ms"
    )
    for period in PERIODS:
        days = Days.up_to(now, count=period)
        reference = ms(lambda days=days: count(days))
        sums = ms(lambda days=days: usage_by_day(days=days, source=log))
        print(f"{period} days, {count(days):,} rows")
        print(f"  count(*)                  {reference:7,.0f} ms   (reference)")
        print(f"  by day and model          {sums:7,.0f} ms   {sums / reference:5.1f} x")
        print(
            f"  the sum of the days before{ms(lambda days=days: usage_before(days=days, now=now, source=log)):7,.0f} ms"
        )
        print(f"  the panel, all of it      {ms(lambda period=period: panel(period)):7,.0f} ms")


def ms(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
