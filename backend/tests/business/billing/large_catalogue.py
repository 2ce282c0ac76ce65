"""A catalogue of thousands of models with 20 rates each: every condition that a rate can have, one of them scheduled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

RATES: Final = 20
TABLES: Final = ("billing_aimodelconfig", "billing_modelrate", "billing_modelalias")

PROVIDERS: Final = """
INSERT INTO billing_aiprovider (slug, name, dialect, base_url, api_key_env, is_active)
VALUES ('large', 'Large', 'openai-compatible', 'http://127.0.0.1:9/v1', '', true)"""
MODELS: Final = """
INSERT INTO billing_aimodelconfig (model_name, display_name, model_type, provider, description, input_cost_per_1m,
    output_cost_per_1m, context_window, max_output_tokens, valid_sizes, supports_json_mode, supports_vision,
    supports_function_calling, is_active, is_default, sort_order, created_at, updated_at)
SELECT 'large-' || n, 'Large ' || n, 'text', 'large', '', 0.01 * (1 + n %% 700), 0.05 * (1 + n %% 700), 400000,
    32000, '["1024x1024", "1024x1792"]', true, true, true, true, false, 1000 + n, now(), now()
  FROM generate_series(1, %s) n"""
# The last replaces the first in a year's time, as a lowered price would.
RATES_OF_EACH: Final = """
INSERT INTO billing_modelrate (model_id, unit, amount, per, service_tier, is_batch, above_input_tokens, image_size,
    image_quality, valid_from, valid_to, is_estimate, source_url, checked_on)
SELECT m.id, r.unit, m.input_cost_per_1m * r.share, r.per, r.tier, r.is_batch, r.above, r.size, r.quality,
    CASE r.change WHEN 'begins' THEN date_trunc('day', now()) + interval '1 year' END,
    CASE r.change WHEN 'ends' THEN date_trunc('day', now()) + interval '1 year' END,
    false, 'https://example.org/prices', current_date
  FROM billing_aimodelconfig m CROSS JOIN (VALUES
    ('cached_input_tokens', 0.1, 1000000, '', false, 0, '', '', 'ends'),
    ('cache_write_5m_tokens', 1.25, 1000000, '', false, 0, '', '', ''),
    ('cache_write_1h_tokens', 2, 1000000, '', false, 0, '', '', ''),
    ('reasoning_tokens', 6, 1000000, '', false, 0, '', '', ''),
    ('input_tokens', 2, 1000000, '', false, 200000, '', '', ''),
    ('output_tokens', 7.5, 1000000, '', false, 200000, '', '', ''),
    ('cached_input_tokens', 0.2, 1000000, '', false, 200000, '', '', ''),
    ('input_tokens', 0.5, 1000000, 'flex', false, 0, '', '', ''),
    ('output_tokens', 2.5, 1000000, 'flex', false, 0, '', '', ''),
    ('cached_input_tokens', 0.05, 1000000, 'flex', false, 0, '', '', ''),
    ('input_tokens', 0.5, 1000000, '*', true, 0, '', '', ''),
    ('output_tokens', 2.5, 1000000, '*', true, 0, '', '', ''),
    ('input_tokens', 2, 1000000, 'priority', false, 0, '', '', ''),
    ('output_tokens', 10, 1000000, 'priority', false, 0, '', '', ''),
    ('web_searches', 10, 1000, '', false, 0, '', '', ''),
    ('images', 0.04, 1, '', false, 0, '', '', ''),
    ('images', 0.08, 1, '', false, 0, '1024x1792', '', ''),
    ('images', 0.08, 1, '', false, 0, '', 'hd', ''),
    ('images', 0.12, 1, '', false, 0, '1024x1792', 'hd', ''),
    ('cached_input_tokens', 0.05, 1000000, '', false, 0, '', '', 'begins')
  ) AS r (unit, share, per, tier, is_batch, above, size, quality, change)
 WHERE m.provider = 'large'"""
ALIASES: Final = """
INSERT INTO billing_modelalias (model_id, name)
SELECT id, model_name || '-2026-01-01' FROM billing_aimodelconfig WHERE provider = 'large'"""
RECORD: Final = """
SELECT billing_record_prices_of(ARRAY(SELECT model_name FROM billing_aimodelconfig WHERE provider = 'large'));
UPDATE credits_catalogueversion SET version = gen_random_uuid()"""


def add_models(count: int) -> None:
    """Models large-1, large-2, … with their rates and an alias each, in one transaction.

    The triggers rest meanwhile: they look at a model once for each of its rates. What they would record is recorded.
    """
    with transaction.atomic(), connection.cursor() as cursor, _without_triggers(cursor):
        cursor.execute(PROVIDERS)
        cursor.execute(MODELS, [count])
        cursor.execute(RATES_OF_EACH)
        cursor.execute(ALIASES)
        cursor.execute(RECORD)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE billing_aimodelconfig, billing_modelrate, billing_modelalias, billing_priceversion"
        )


def remove_models() -> None:
    """What `add_models` put there, the record of its prices too."""
    with transaction.atomic(), connection.cursor() as cursor, _without_triggers(cursor):
        for table in ("billing_modelrate", "billing_modelalias"):
            cursor.execute(
                f"DELETE FROM {table} WHERE model_id IN (SELECT id FROM billing_aimodelconfig WHERE provider = 'large')"
            )
        cursor.execute("DELETE FROM billing_aimodelconfig WHERE provider = 'large'")
        cursor.execute("DELETE FROM billing_aiprovider WHERE slug = 'large'")
        cursor.execute("DELETE FROM billing_priceversion WHERE model_name LIKE 'large-%'")
        cursor.execute("UPDATE credits_catalogueversion SET version = gen_random_uuid()")


@contextmanager
def _without_triggers(cursor: CursorWrapper) -> Iterator[None]:
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    # A table cannot be altered while its foreign keys have yet to be checked.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
