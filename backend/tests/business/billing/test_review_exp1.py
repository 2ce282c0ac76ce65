import time, threading
from decimal import Decimal
import psycopg
from django.core.management import call_command
from django.db import connection
from igny8_core.ai.ai_core import AICore
from igny8_core.business import postgres
from igny8_core.business.billing.models import ModelRate, AIModelConfig

def q(sql, *a):
    with connection.cursor() as c:
        c.execute(sql, a or None)
        return c.fetchall() if c.description else None

def test_million(account, text_model):
    text_model.script(*[{"usage": {"prompt_tokens": 5, "completion_tokens": 5}}])
    AICore(account).run_ai_request(prompt="x", model=text_model.name, max_tokens=10)
    call_command("migrate", "credits", "0002", verbosity=0)
    cols = [r[0] for r in q("select column_name from information_schema.columns where table_name='credits_usage_log' and column_name not in ('id') order by ordinal_position")]
    t=time.monotonic()
    sel = ", ".join("gen_random_uuid()" if c=="request_id" else c for c in cols)
    q(f"insert into credits_usage_log ({', '.join(cols)}) select {sel} from credits_usage_log, generate_series(1,1000000) g where account_id=%s and status='settled'", account.pk)
    print("filled", time.monotonic()-t); q("ANALYZE credits_usage_log")
    print(q("select pg_size_pretty(sum(pg_relation_size(inhrelid))) from pg_inherits where inhparent='credits_usage_log'::regclass"))
    stop=[False]; worst=[0, 0, None]
    def calls():
        while not stop[0]:
            t=time.monotonic()
            try: AICore(account).run_ai_request(prompt="x", model=text_model.name, max_tokens=10)
            except Exception as e: worst[2]=repr(e)[:200]
            worst[0]=max(worst[0], time.monotonic()-t); worst[1]+=1
    th=threading.Thread(target=calls); th.start(); time.sleep(.5)
    t=time.monotonic(); call_command("migrate", "credits", verbosity=0); print("forward", time.monotonic()-t)
    time.sleep(.5); stop[0]=True; th.join(); print("worst call", worst)
    for sql in ("ALTER TABLE credits_usage_log DROP CONSTRAINT a_charge_has_a_price", "ALTER TABLE credits_usage_log ADD CONSTRAINT a_charge_has_a_price CHECK (NOT status = 'settled' OR (confidence IN ('exact','estimated') AND confidence IS NOT NULL))", "DROP INDEX usage_that_is_not_exact", "CREATE INDEX usage_that_is_not_exact ON credits_usage_log (confidence, admitted_at, id) WHERE confidence IN ('estimated','unpriced')"):
        t=time.monotonic(); q(sql); print(round(time.monotonic()-t,3), sql[:60])
    t=time.monotonic(); call_command("migrate", "credits", "0002", verbosity=0); print("back", time.monotonic()-t)
    t=time.monotonic(); call_command("migrate", verbosity=0); print("forward", time.monotonic()-t)
