"""Rates beside the base prices, declared aliases of models, and a record of what every price has ever become.

Reversed, it parks the tables with what people put into them, and the base prices alone are left.
"""

import datetime
import re

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.math
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import igny8_core.business.billing.models.model_rate
from igny8_core.modules.billing.migration_operations import (
    CreateParkedModel,
    InstallSQL,
    WatchCatalogueTables,
)

# The history of the models knows what their prices were before there was a record of them.
BEGIN_THE_RECORD = """
INSERT INTO billing_priceversion (model_name, began, transaction, recorded_at, prices)
SELECT model_name, history_date, -history_id, history_date, prices FROM (
    SELECT *, lag(prices) OVER w AS before, row_number() OVER w AS number FROM (
        SELECT model_name, history_date, history_id, CASE history_type WHEN '-' THEN NULL ELSE jsonb_build_object(
                   'provider', provider, 'input_cost_per_1m', input_cost_per_1m::text,
                   'output_cost_per_1m', output_cost_per_1m::text, 'cost_per_image', cost_per_image::text,
                   'rates', '[]'::jsonb) END AS prices
          FROM billing_historicalaimodelconfig) AS each_row
    WINDOW w AS (PARTITION BY model_name ORDER BY history_date, history_id)) AS compared
 WHERE (number = 1 OR before IS DISTINCT FROM prices) AND NOT EXISTS (SELECT FROM billing_priceversion)
 ORDER BY history_date, history_id;
SELECT billing_record_prices_of(ARRAY(
    SELECT model_name FROM billing_aimodelconfig UNION SELECT model_name FROM billing_priceversion));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0021_sentences_for_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateParkedModel(
            name="HistoricalModelAlias",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "name",
                    models.CharField(
                        db_index=True,
                        help_text="Exact name, e.g. gpt-4o-2024-08-06: it costs what the model costs.",
                        max_length=100,
                        validators=[
                            django.core.validators.RegexValidator("^\\S+\\Z", "A name has no spaces.")
                        ],
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
                (
                    "model",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="billing.aimodelconfig",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical model alias",
                "verbose_name_plural": "historical model aliases",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        CreateParkedModel(
            name="HistoricalModelRate",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=igny8_core.business.billing.models.model_rate.unit_choices,
                        help_text="What is counted.",
                        max_length=40,
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=12,
                        help_text="USD for each so many units; 0 is a price.",
                        max_digits=18,
                    ),
                ),
                (
                    "per",
                    models.PositiveBigIntegerField(
                        choices=igny8_core.business.billing.models.model_rate.per_choices,
                        default=1000000,
                        help_text="How many units the amount is for.",
                    ),
                ),
                (
                    "service_tier",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Tier that the provider reports, e.g. flex or priority; empty: standard calls only; * for any tier.",
                        max_length=50,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^([a-z0-9][a-z0-9_.-]*|\\*)?$",
                                "Small letters, digits, dots, hyphens and underscores, as the provider reports it; or * for any.",
                            )
                        ],
                    ),
                ),
                (
                    "is_batch",
                    models.BooleanField(
                        blank=True,
                        choices=[(False, "Not batch"), (True, "Batch"), (None, "Batch or not")],
                        default=False,
                        help_text="Whether it is for batch calls.",
                        null=True,
                        verbose_name="batch",
                    ),
                ),
                (
                    "above_input_tokens",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="For calls whose whole prompt is longer than so many tokens: the whole call has this rate. 0: any call.",
                    ),
                ),
                (
                    "image_size",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Images only, e.g. 1024x1792; empty: every size.",
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                re.compile("[1-9]\\d{0,4}x[1-9]\\d{0,4}\\Z"),
                                'Width, "x" and height, e.g. 1024x1024.',
                            )
                        ],
                    ),
                ),
                (
                    "image_quality",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Images only, e.g. hd; empty: calls that ask for no quality; * for any quality.",
                        max_length=50,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^([a-z0-9][a-z0-9_.-]*|\\*)?$",
                                "Small letters, digits, dots, hyphens and underscores, as the provider reports it; or * for any.",
                            )
                        ],
                    ),
                ),
                (
                    "valid_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="Begins then, in UTC, e.g. 2026-12-01 00:00:00; empty: always was so.",
                        null=True,
                    ),
                ),
                (
                    "valid_to",
                    models.DateTimeField(
                        blank=True,
                        help_text="Ends then, in UTC, and is not valid at that moment; empty: without an end.",
                        null=True,
                    ),
                ),
                (
                    "is_estimate",
                    models.BooleanField(
                        default=False,
                        help_text="The provider states no such price: charges at this rate are marked as estimated.",
                        verbose_name="estimate",
                    ),
                ),
                (
                    "source_url",
                    models.URLField(
                        blank=True,
                        help_text="Page that states this price.",
                        max_length=500,
                        verbose_name="source",
                    ),
                ),
                (
                    "checked_on",
                    models.DateField(
                        blank=True, help_text="Day on which the source was last read.", null=True
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
                (
                    "model",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="billing.aimodelconfig",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical model rate",
                "verbose_name_plural": "historical model rates",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        CreateParkedModel(
            name="ModelAlias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Exact name, e.g. gpt-4o-2024-08-06: it costs what the model costs.",
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator("^\\S+\\Z", "A name has no spaces.")
                        ],
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="billing.aimodelconfig",
                    ),
                ),
            ],
            options={
                "verbose_name": "model alias",
                "verbose_name_plural": "model aliases",
                "ordering": ("name",),
            },
        ),
        CreateParkedModel(
            name="PriceVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("model_name", models.CharField(max_length=100)),
                (
                    "began",
                    models.DateTimeField(help_text="When the transaction that changed the prices began."),
                ),
                ("transaction", models.BigIntegerField(help_text="PostgreSQL's number of that transaction.")),
                ("recorded_at", models.DateTimeField(help_text="When the prices became these.")),
                (
                    "prices",
                    models.JSONField(
                        help_text="Base prices and rates, in USD; nothing where the model was deleted.",
                        null=True,
                    ),
                ),
            ],
            options={
                "ordering": ("-recorded_at", "-id"),
                "indexes": [
                    models.Index(
                        models.F("model_name"), models.F("recorded_at"), name="price_version_by_time"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("model_name", "began", "transaction"),
                        name="a_transaction_leaves_one_version_of_prices",
                    )
                ],
            },
        ),
        CreateParkedModel(
            name="ModelRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=igny8_core.business.billing.models.model_rate.unit_choices,
                        help_text="What is counted.",
                        max_length=40,
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=12,
                        help_text="USD for each so many units; 0 is a price.",
                        max_digits=18,
                    ),
                ),
                (
                    "per",
                    models.PositiveBigIntegerField(
                        choices=igny8_core.business.billing.models.model_rate.per_choices,
                        default=1000000,
                        help_text="How many units the amount is for.",
                    ),
                ),
                (
                    "service_tier",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Tier that the provider reports, e.g. flex or priority; empty: standard calls only; * for any tier.",
                        max_length=50,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^([a-z0-9][a-z0-9_.-]*|\\*)?$",
                                "Small letters, digits, dots, hyphens and underscores, as the provider reports it; or * for any.",
                            )
                        ],
                    ),
                ),
                (
                    "is_batch",
                    models.BooleanField(
                        blank=True,
                        choices=[(False, "Not batch"), (True, "Batch"), (None, "Batch or not")],
                        default=False,
                        help_text="Whether it is for batch calls.",
                        null=True,
                        verbose_name="batch",
                    ),
                ),
                (
                    "above_input_tokens",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="For calls whose whole prompt is longer than so many tokens: the whole call has this rate. 0: any call.",
                    ),
                ),
                (
                    "image_size",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Images only, e.g. 1024x1792; empty: every size.",
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                re.compile("[1-9]\\d{0,4}x[1-9]\\d{0,4}\\Z"),
                                'Width, "x" and height, e.g. 1024x1024.',
                            )
                        ],
                    ),
                ),
                (
                    "image_quality",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Images only, e.g. hd; empty: calls that ask for no quality; * for any quality.",
                        max_length=50,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^([a-z0-9][a-z0-9_.-]*|\\*)?$",
                                "Small letters, digits, dots, hyphens and underscores, as the provider reports it; or * for any.",
                            )
                        ],
                    ),
                ),
                (
                    "valid_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="Begins then, in UTC, e.g. 2026-12-01 00:00:00; empty: always was so.",
                        null=True,
                    ),
                ),
                (
                    "valid_to",
                    models.DateTimeField(
                        blank=True,
                        help_text="Ends then, in UTC, and is not valid at that moment; empty: without an end.",
                        null=True,
                    ),
                ),
                (
                    "is_estimate",
                    models.BooleanField(
                        default=False,
                        help_text="The provider states no such price: charges at this rate are marked as estimated.",
                        verbose_name="estimate",
                    ),
                ),
                (
                    "source_url",
                    models.URLField(
                        blank=True,
                        help_text="Page that states this price.",
                        max_length=500,
                        verbose_name="source",
                    ),
                ),
                (
                    "checked_on",
                    models.DateField(
                        blank=True, help_text="Day on which the source was last read.", null=True
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to="billing.aimodelconfig",
                    ),
                ),
            ],
            options={
                "verbose_name": "model rate",
                "ordering": (
                    "unit",
                    "service_tier",
                    "is_batch",
                    "above_input_tokens",
                    "image_size",
                    "image_quality",
                    "id",
                ),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0), ("amount__lt", 1000000)),
                        name="model_rate_is_a_price",
                        violation_error_message="An amount must be a number from 0 to below one million dollars.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("per__in", (1, 1000, 1000000, 1000000000))),
                        name="model_rate_is_per_a_power_of_ten",
                        violation_error_message="An amount is for 1, 1,000, 1,000,000 or 1,000,000,000 units.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("per__lte", 1000000),
                            ("amount", django.db.models.functions.math.Round("amount", 9)),
                            _connector="OR",
                        ),
                        name="model_rate_keeps_every_digit",
                        violation_error_message="For 1,000,000,000 units an amount has at most nine decimals.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_from__lt", models.F("valid_to")),
                            _connector="OR",
                        ),
                        name="model_rate_begins_before_it_ends",
                        violation_error_message="A rate must begin before it ends.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("valid_from__isnull", True),
                                models.Q(
                                    (
                                        "valid_from__gte",
                                        datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    ),
                                    (
                                        "valid_from__lt",
                                        datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    ),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("valid_to__isnull", True),
                                models.Q(
                                    (
                                        "valid_to__gte",
                                        datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    ),
                                    (
                                        "valid_to__lt",
                                        datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    ),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="model_rate_is_of_this_age",
                        violation_error_message="A rate begins and ends between the years 2000 and 3000.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("unit", "images"),
                            models.Q(("image_quality", ""), ("image_size", "")),
                            _connector="OR",
                        ),
                        name="size_and_quality_are_for_images",
                        violation_error_message="Only images have a size or a quality.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("image_quality__regex", "^([a-z0-9][a-z0-9_.-]*|\\*)?$"),
                            ("service_tier__regex", "^([a-z0-9][a-z0-9_.-]*|\\*)?$"),
                        ),
                        name="model_rate_names_are_lower_case",
                        violation_error_message="Tier and quality are written in small letters.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("service_tier__in", ("default", "standard")), _negated=True),
                            models.Q(("image_quality__in", ("standard",)), _negated=True),
                        ),
                        name="standard_calls_name_no_tier_or_quality",
                        violation_error_message="Standard calls have no tier or quality: leave it empty.",
                    ),
                ],
            },
        ),
        InstallSQL("model_rates", 1),
        InstallSQL("unclear_rates", 1),
        InstallSQL("alias_is_no_model", 1),
        InstallSQL("record_prices", 1),
        migrations.RunSQL(BEGIN_THE_RECORD, migrations.RunSQL.noop),
        WatchCatalogueTables("billing_modelrate"),
        WatchCatalogueTables("billing_modelalias"),
    ]
