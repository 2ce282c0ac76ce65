import time, threading
from concurrent.futures import ThreadPoolExecutor
import psycopg
from django.core.management import call_command
from django.db import connection
from igny8_core.ai.ai_core import AICore
from igny8_core.business import postgres
from igny8_core.business.credits.ledger_audit import audit_ledger


def q(sql, *a):
    with connection.cursor() as c:
        c.execute(sql, a or None)
        return c.fetchall() if c.description else None


FIX = """
CREATE FUNCTION credits_was_exact() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.confidence := 'exact'; RETURN NEW; END $$;
CREATE TRIGGER a_charge_of_an_older_settle_was_exact BEFORE INSERT ON credits_usage_log FOR EACH ROW WHEN (NEW.status = 'settled' AND NEW.confidence IS NULL) EXECUTE FUNCTION credits_was_exact();
"""
import pytest


@pytest.mark.parametrize("fix", ["forward", "back"])
def test_inflight(make_account, text_model, fix):
    text_model.answers_with_usage(5, 5)
    acc = make_account()
    if fix == "forward":
        call_command("migrate", "credits", "0002", verbosity=0)
    errors = []

    def call(i):
        try:
            AICore(acc).run_ai_request(prompt="x", model=text_model.name, max_tokens=10)
        except Exception as e:
            errors.append(repr(e)[:120])

    # simplest: many threads calling while migrating
    stop = [False]
    accs = [make_account() for _ in range(6)]

    def loop(i):
        n = 0
        while not stop[0]:
            try:
                AICore(accs[i]).run_ai_request(prompt="x", model=text_model.name, max_tokens=10)
                n += 1
            except Exception as e:
                errors.append(repr(e)[:150])
        return n

    with ThreadPoolExecutor(6) as pool:
        fs = [pool.submit(loop, i) for i in range(6)]
        time.sleep(0.5)
        if fix == "back":
            call_command("migrate", "credits", "0002", verbosity=0)
        else:
            call_command("migrate", verbosity=0)
        time.sleep(0.5)
        stop[0] = True
    call_command("migrate", verbosity=0)
    print(
        "fix",
        fix,
        "calls",
        [f.result() for f in fs],
        "errors",
        errors,
        "unknown",
        q(
            "select count(*) from credits_hold where state='unknown' and account_id=any(%s)",
            [a.pk for a in accs],
        ),
    )
    print({k: v for k, v in audit_ledger().broken.items() if v})
