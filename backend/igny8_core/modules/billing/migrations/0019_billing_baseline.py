"""The services that answer AI calls. They stay when the price table (0020) is rolled back."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from igny8_core.modules.billing.migration_operations import CreateParkedModel, WatchCatalogueTables

FIELDS = ("slug", "name", "dialect", "base_url", "api_key_env")
PROVIDERS = (
    ("openai", "OpenAI", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    ("anthropic", "Anthropic", "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
    ("google", "Google", "google", "https://generativelanguage.googleapis.com", "GOOGLE_API_KEY"),
    ("runware", "Runware", "runware", "https://api.runware.ai/v1", "RUNWARE_API_KEY"),
)


def seed(apps, schema_editor):
    providers = apps.get_model("billing", "AIProvider")
    history = apps.get_model("billing", "HistoricalAIProvider")
    if providers.objects.exists() or history.objects.exists():  # parked rows have come back
        return
    for fields in PROVIDERS:
        provider = providers.objects.create(**dict(zip(FIELDS, fields, strict=True)))
        values = {field.attname: getattr(provider, field.attname) for field in provider._meta.concrete_fields}
        history.objects.create(
            history_type="+", history_date=timezone.now(), history_change_reason="migration 0019", **values
        )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("credits", "0001_initial"),
    ]

    operations = [
        CreateParkedModel(
            name="AIProvider",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(help_text="Short name used by models and filters.", unique=True)),
                ("name", models.CharField(help_text="Name that people read.", max_length=100)),
                (
                    "dialect",
                    models.CharField(
                        default="openai-compatible",
                        help_text="How the service is spoken to: openai, openai-compatible, anthropic, google or runware.",
                        max_length=50,
                    ),
                ),
                (
                    "base_url",
                    models.CharField(
                        help_text="Address before the path, e.g. https://api.openai.com/v1",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(["http", "https"])],
                        verbose_name="base URL",
                    ),
                ),
                (
                    "api_key_env",
                    models.CharField(
                        blank=True,
                        help_text="Name of the environment variable that holds the key; empty where the service needs none.",
                        max_length=100,
                        verbose_name="API key variable",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Models of an inactive provider refuse calls.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "AI provider",
                "ordering": ("slug",),
            },
        ),
        CreateParkedModel(
            name="HistoricalAIProvider",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("slug", models.SlugField(help_text="Short name used by models and filters.")),
                ("name", models.CharField(help_text="Name that people read.", max_length=100)),
                (
                    "dialect",
                    models.CharField(
                        default="openai-compatible",
                        help_text="How the service is spoken to: openai, openai-compatible, anthropic, google or runware.",
                        max_length=50,
                    ),
                ),
                (
                    "base_url",
                    models.CharField(
                        help_text="Address before the path, e.g. https://api.openai.com/v1",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(["http", "https"])],
                        verbose_name="base URL",
                    ),
                ),
                (
                    "api_key_env",
                    models.CharField(
                        blank=True,
                        help_text="Name of the environment variable that holds the key; empty where the service needs none.",
                        max_length=100,
                        verbose_name="API key variable",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Models of an inactive provider refuse calls.",
                        verbose_name="active",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical AI provider",
                "verbose_name_plural": "historical AI providers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        WatchCatalogueTables("billing_aiprovider"),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
