import time, threading
from datetime import timedelta
from decimal import Decimal
import psycopg, pytest
from django.db import connection, transaction
from django.utils import timezone
from igny8_core.ai.ai_core import AICore
from igny8_core.ai.constants import constants_catalogue
from igny8_core.business import postgres
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.price_history import prices_at, versions_of
from igny8_core.business.billing.models import ModelRate, AIModelConfig, PriceVersion, ModelAlias

def q(sql, *a):
    with connection.cursor() as c:
        c.execute(sql, a or None)
        return c.fetchall() if c.description else None

def test_recorded_before_commit(text_model):
    n = text_model.name
    with psycopg.connect(**postgres.connection_options()) as o:
        o.execute("UPDATE billing_aimodelconfig SET input_cost_per_1m=7 WHERE model_name=%s", [n])
        time.sleep(1.0); between = timezone.now(); 
        card = catalogue.fresh(constants_catalogue).resolve(n, "text").card
        print("charged at", [r.amount for r in card.rates if r.unit=="input_tokens"])
        time.sleep(.2)
    print("history says", prices_at(n, between).input_cost_per_1m)

def test_clock_step(text_model):
    n = text_model.name
    q("UPDATE billing_priceversion SET recorded_at = recorded_at + interval '1 hour' WHERE model_name=%s", n)  # clock stepped back an hour since
    AIModelConfig.objects.filter(model_name=n).update(input_cost_per_1m=7)
    print([(v.recorded_at, v.sheet.input_cost_per_1m) for v in versions_of(n)])
    AIModelConfig.objects.filter(model_name=n).update(input_cost_per_1m=1)
    print([(v.recorded_at, v.sheet.input_cost_per_1m) for v in versions_of(n)])
    AIModelConfig.objects.filter(model_name=n).update(input_cost_per_1m=8)
    print("now", prices_at(n, timezone.now()+timedelta(hours=2)).input_cost_per_1m, "actual 8")

def test_savepoints(text_model):
    n = text_model.name
    PriceVersion.objects.filter(model_name=n)
    with transaction.atomic():
        AIModelConfig.objects.filter(model_name=n).update(input_cost_per_1m=7)
        try:
            with transaction.atomic():
                AIModelConfig.objects.filter(model_name=n).update(input_cost_per_1m=1)  # undone: deletes the version
                raise ValueError
        except ValueError: pass
    print("savepoint", [v.sheet.input_cost_per_1m for v in versions_of(n)])
    # two names swapped
    with transaction.atomic():
        b = AIModelConfig.objects.create(model_name=n+"b", display_name="b", model_type="text", provider=text_model.provider, input_cost_per_1m=100, output_cost_per_1m=100)
    try:
        with transaction.atomic():
            AIModelConfig.objects.filter(model_name=n).update(model_name=n+"t")
            AIModelConfig.objects.filter(model_name=n+"b").update(model_name=n)
            AIModelConfig.objects.filter(model_name=n+"t").update(model_name=n+"b")
        for x in (n, n+"b", n+"t"): print(x[-3:], [v.sheet and v.sheet.input_cost_per_1m for v in versions_of(x)])
        c = catalogue.fresh(constants_catalogue)
        print(c.resolve(n,"text").card.model==n, [r.amount for r in c.resolve(n,"text").card.rates], [r.amount for r in c.resolve(n+"b","text").card.rates])
    finally:
        b.delete()

def test_alias(text_model, account):
    n = text_model.name
    b = AIModelConfig.objects.create(model_name=n+"b", display_name="b", model_type="text", provider=text_model.provider, input_cost_per_1m=100, output_cost_per_1m=100)
    try:
        a = ModelAlias.objects.create(model=text_model.config, name=n+"-a")
        text_model.answers_with_usage(1000, 0)
        r = AICore(account).run_ai_request(prompt="x"*2000, model=n+"-a", max_tokens=10, idempotency_key="k"); print(r.model, r.cost)
        ModelAlias.objects.filter(pk=a.pk).update(model=b)
        text_model.answers_with_usage(1000, 0)
        r = AICore(account).run_ai_request(prompt="x"*2000, model=n+"-a", max_tokens=10, idempotency_key="k"); print("keyed replay", r.model, r.cost)
        r = AICore(account).run_ai_request(prompt="x"*2000, model=n+"-a", max_tokens=10); print(r.model, r.cost)
        # swap: alias deleted, and a model of that name, in one transaction
        with transaction.atomic():
            ModelAlias.objects.filter(pk=a.pk).delete()
            AIModelConfig.objects.filter(pk=b.pk).update(model_name=n+"-a")
        text_model.answers_with_usage(1000, 0)
        r = AICore(account).run_ai_request(prompt="x"*2000, model=n+"-a", max_tokens=10); print(r.model[-4:], r.cost)
        print([ (j.get("body") or {}).get("model") if isinstance(j, dict) else j for j in text_model.journal()][:5])
        print(q("select model, status, cost_usd from credits_usage_log where account_id=%s", account.pk))
    finally:
        b.delete()
