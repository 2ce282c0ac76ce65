"""The table of model prices, with the nine models it began with.

Reversed, it parks the tables with every edited price in them, and calls are priced from the constants.
"""

from decimal import Decimal

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from igny8_core.modules.billing.migration_operations import CreateParkedModel, WatchCatalogueTables


def text(name, display_name, input_cost, output_cost, context_window, sort_order, **fields):
    return {
        "model_name": name,
        "display_name": display_name,
        "model_type": "text",
        "input_cost_per_1m": Decimal(input_cost),
        "output_cost_per_1m": Decimal(output_cost),
        "context_window": context_window,
        "supports_json_mode": True,
        "supports_function_calling": True,
        "sort_order": sort_order,
    } | fields


def image(name, display_name, cost, sizes, sort_order, **fields):
    return {
        "model_name": name,
        "display_name": display_name,
        "model_type": "image",
        "cost_per_image": Decimal(cost),
        "valid_sizes": sizes,
        "sort_order": sort_order,
    } | fields


MODELS = (
    text(
        "gpt-4o-mini",
        "GPT-4o mini - Fast & Affordable",
        "0.15",
        "0.60",
        128000,
        1,
        max_output_tokens=16000,
        is_default=True,
    ),
    text(
        "gpt-4o",
        "GPT-4o - High Quality",
        "2.50",
        "10.00",
        128000,
        2,
        max_output_tokens=16000,
        supports_vision=True,
    ),
    text("gpt-4.1", "GPT-4.1", "2.00", "8.00", 8000, 3),
    text("gpt-5.1", "GPT-5.1", "1.25", "10.00", 16000, 4),
    text("gpt-5.2", "GPT-5.2", "1.75", "14.00", 16000, 5),
    image("dall-e-3", "DALL-E 3", "0.040", ["1024x1024", "1024x1792", "1792x1024"], 1, is_default=True),
    image("dall-e-2", "DALL-E 2", "0.020", ["256x256", "512x512", "1024x1024"], 2),
    image("gpt-image-1", "GPT Image 1", "0.042", ["1024x1024", "1024x1536", "1536x1024"], 3, is_active=False),
    image(
        "gpt-image-1-mini",
        "GPT Image 1 mini",
        "0.011",
        ["1024x1024", "1024x1536", "1536x1024"],
        4,
        is_active=False,
    ),
)


def seed(apps, schema_editor):
    config = apps.get_model("billing", "AIModelConfig")
    history = apps.get_model("billing", "HistoricalAIModelConfig")
    if config.objects.exists() or history.objects.exists():  # parked rows have come back
        return
    for fields in MODELS:
        model = config.objects.create(provider_id="openai", **fields)
        values = {field.attname: getattr(model, field.attname) for field in model._meta.concrete_fields}
        history.objects.create(
            history_type="+", history_date=model.created_at, history_change_reason="migration 0020", **values
        )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("billing", "0019_billing_baseline"),
    ]

    operations = [
        CreateParkedModel(
            name="AIModelConfig",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "model_name",
                    models.CharField(
                        help_text="The provider's name of the model, as calls give it.",
                        max_length=100,
                        unique=True,
                    ),
                ),
                ("display_name", models.CharField(help_text="Name shown in pickers.", max_length=200)),
                (
                    "model_type",
                    models.CharField(choices=[("text", "Text"), ("image", "Image")], max_length=20),
                ),
                ("description", models.TextField(blank=True)),
                (
                    "input_cost_per_1m",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="USD per million input tokens (text models).",
                        max_digits=16,
                        null=True,
                    ),
                ),
                (
                    "output_cost_per_1m",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="USD per million output tokens (text models).",
                        max_digits=16,
                        null=True,
                    ),
                ),
                (
                    "context_window",
                    models.PositiveIntegerField(blank=True, help_text="Tokens in, at most.", null=True),
                ),
                (
                    "max_output_tokens",
                    models.PositiveIntegerField(blank=True, help_text="Tokens out, at most.", null=True),
                ),
                (
                    "cost_per_image",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="USD per image (image models).",
                        max_digits=16,
                        null=True,
                    ),
                ),
                (
                    "valid_sizes",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Sizes that calls may ask for, e.g. ["1024x1024"].',
                    ),
                ),
                ("supports_json_mode", models.BooleanField(default=False, verbose_name="JSON mode")),
                ("supports_vision", models.BooleanField(default=False, verbose_name="vision")),
                (
                    "supports_function_calling",
                    models.BooleanField(default=False, verbose_name="function calling"),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Inactive models refuse calls.", verbose_name="active"
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Used when a call of this type names no model; one for each type.",
                        verbose_name="default",
                    ),
                ),
                ("sort_order", models.IntegerField(default=0, help_text="Lower comes first.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "updated_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        db_column="provider",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="billing.aiprovider",
                        to_field="slug",
                    ),
                ),
            ],
            options={
                "verbose_name": "AI model configuration",
                "ordering": ("-model_type", "sort_order", "model_name"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("model_type",),
                        name="model_type_has_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_default", False), ("is_active", True), _connector="OR"),
                        name="default_model_is_active",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("input_cost_per_1m__isnull", True),
                                ("input_cost_per_1m__gte", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("output_cost_per_1m__isnull", True),
                                ("output_cost_per_1m__gte", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("cost_per_image__isnull", True), ("cost_per_image__gte", 0), _connector="OR"
                            ),
                        ),
                        name="model_prices_are_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("input_cost_per_1m__isnull", True),
                                ("input_cost_per_1m__lt", 1000000),
                                _connector="OR",
                            ),
                            models.Q(
                                ("output_cost_per_1m__isnull", True),
                                ("output_cost_per_1m__lt", 1000000),
                                _connector="OR",
                            ),
                            models.Q(
                                ("cost_per_image__isnull", True),
                                ("cost_per_image__lt", 1000000),
                                _connector="OR",
                            ),
                        ),
                        name="model_prices_are_numbers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("model_type", "text"), _negated=True),
                            models.Q(
                                ("input_cost_per_1m__isnull", False), ("output_cost_per_1m__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="text_model_has_token_prices",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("model_type", "image"), _negated=True),
                            ("cost_per_image__isnull", False),
                            _connector="OR",
                        ),
                        name="image_model_has_image_price",
                    ),
                ],
            },
        ),
        CreateParkedModel(
            name="HistoricalAIModelConfig",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "model_name",
                    models.CharField(
                        db_index=True,
                        help_text="The provider's name of the model, as calls give it.",
                        max_length=100,
                    ),
                ),
                ("display_name", models.CharField(help_text="Name shown in pickers.", max_length=200)),
                (
                    "model_type",
                    models.CharField(choices=[("text", "Text"), ("image", "Image")], max_length=20),
                ),
                ("description", models.TextField(blank=True)),
                (
                    "input_cost_per_1m",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="USD per million input tokens (text models).",
                        max_digits=16,
                        null=True,
                    ),
                ),
                (
                    "output_cost_per_1m",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="USD per million output tokens (text models).",
                        max_digits=16,
                        null=True,
                    ),
                ),
                (
                    "context_window",
                    models.PositiveIntegerField(blank=True, help_text="Tokens in, at most.", null=True),
                ),
                (
                    "max_output_tokens",
                    models.PositiveIntegerField(blank=True, help_text="Tokens out, at most.", null=True),
                ),
                (
                    "cost_per_image",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="USD per image (image models).",
                        max_digits=16,
                        null=True,
                    ),
                ),
                (
                    "valid_sizes",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Sizes that calls may ask for, e.g. ["1024x1024"].',
                    ),
                ),
                ("supports_json_mode", models.BooleanField(default=False, verbose_name="JSON mode")),
                ("supports_vision", models.BooleanField(default=False, verbose_name="vision")),
                (
                    "supports_function_calling",
                    models.BooleanField(default=False, verbose_name="function calling"),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Inactive models refuse calls.", verbose_name="active"
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Used when a call of this type names no model; one for each type.",
                        verbose_name="default",
                    ),
                ),
                ("sort_order", models.IntegerField(default=0, help_text="Lower comes first.")),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
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
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        db_column="provider",
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="billing.aiprovider",
                        to_field="slug",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical AI model configuration",
                "verbose_name_plural": "historical AI model configurations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        WatchCatalogueTables("billing_aimodelconfig"),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
