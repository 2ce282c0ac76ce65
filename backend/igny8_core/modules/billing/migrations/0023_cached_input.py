"""What OpenAI's models cost for input that is found in a cache, and the names of their dated snapshots.

Without these a call that reports cached tokens has no price. Only what nobody has entered, or has entered and taken
away, is added; reversed, what nobody has touched since is taken away.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations
from django.utils import timezone

REASON = "migration 0023"
SOURCE = "https://github.com/pydantic/genai-prices"  # its data of version 0.2.3
CHECKED_ON = date(2026, 11, 22)
CACHED_INPUT = {
    "gpt-4o-mini": "0.075",
    "gpt-4o": "1.25",
    "gpt-4.1": "0.5",
    "gpt-5.1": "0.125",
    "gpt-5.2": "0.175",
}
# gpt-4o-2024-05-13 had another price, so it is none of them.
ALIASES = {
    "gpt-4o-mini": ["gpt-4o-mini-2024-07-18"],
    "gpt-4o": ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"],
    "gpt-4.1": ["gpt-4.1-2025-04-14"],
    "gpt-5.1": ["gpt-5.1-2025-11-13"],
    "gpt-5.2": ["gpt-5.2-2025-12-11"],
}


def seed(apps, schema_editor):
    config, rate, rate_history, alias, alias_history = _tables(apps)
    models = {model.model_name: model for model in config.objects.filter(provider_id="openai")}
    taken = set(config.objects.values_list("model_name", flat=True))
    taken |= set(alias_history.objects.values_list("name", flat=True))
    for name, amount in CACHED_INPUT.items():
        known = {"model_id": models[name].pk, "unit": "cached_input_tokens"} if name in models else None
        if known and not rate_history.objects.filter(**known).exists():
            _add(
                rate, rate_history, **known, amount=Decimal(amount), source_url=SOURCE, checked_on=CHECKED_ON
            )
    for name, others in ALIASES.items():
        for other in others:
            if name in models and other not in taken:
                _add(alias, alias_history, model_id=models[name].pk, name=other)


def take_back(apps, schema_editor):
    _config, rate, rate_history, alias, alias_history = _tables(apps)
    for table, history in ((rate, rate_history), (alias, alias_history)):
        ours = set(history.objects.filter(history_change_reason=REASON).values_list("id", flat=True))
        ours -= set(history.objects.exclude(history_change_reason=REASON).values_list("id", flat=True)) | set(
            history.objects.filter(history_change_reason=None).values_list("id", flat=True)
        )
        table.objects.filter(pk__in=ours).delete()
        history.objects.filter(id__in=ours).delete()


def _tables(apps):
    names = ("AIModelConfig", "ModelRate", "HistoricalModelRate", "ModelAlias", "HistoricalModelAlias")
    return [apps.get_model("billing", name) for name in names]


def _add(table, history, **fields):
    row = table.objects.create(**fields)
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    history.objects.create(
        history_type="+", history_date=timezone.now(), history_change_reason=REASON, **values
    )


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0022_model_rates"),
    ]

    operations = [migrations.RunPython(seed, take_back)]
