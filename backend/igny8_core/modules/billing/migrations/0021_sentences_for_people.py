"""What people read where the database refuses, and checks of what they type. Nothing in the database changes."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models

from igny8_core.business.billing.image_sizes import check_sizes


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0020_create_ai_model_config"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="aimodelconfig",
            name="valid_sizes",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='Sizes that calls may ask for, e.g. ["1024x1024"].',
                validators=[check_sizes],
            ),
        ),
        migrations.AlterField(
            model_name="aiprovider",
            name="api_key_env",
            field=models.CharField(
                blank=True,
                help_text="Name of the environment variable that holds the key; empty where the service needs none.",
                max_length=100,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Z_][A-Z0-9_]*\\Z",
                        "This is the name of an environment variable, not a key: capital letters, digits and underscores, e.g. OPENAI_API_KEY.",
                    )
                ],
                verbose_name="API key variable",
            ),
        ),
        migrations.AlterField(
            model_name="historicalaimodelconfig",
            name="valid_sizes",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='Sizes that calls may ask for, e.g. ["1024x1024"].',
                validators=[check_sizes],
            ),
        ),
        migrations.AlterField(
            model_name="historicalaiprovider",
            name="api_key_env",
            field=models.CharField(
                blank=True,
                help_text="Name of the environment variable that holds the key; empty where the service needs none.",
                max_length=100,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Z_][A-Z0-9_]*\\Z",
                        "This is the name of an environment variable, not a key: capital letters, digits and underscores, e.g. OPENAI_API_KEY.",
                    )
                ],
                verbose_name="API key variable",
            ),
        ),
        migrations.AlterConstraint(
            model_name="aimodelconfig",
            name="model_type_has_one_default",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("model_type",),
                name="model_type_has_one_default",
                violation_error_message="Another model of this type is the default; each type has one.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="aimodelconfig",
            name="default_model_is_active",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_default", False), ("is_active", True), _connector="OR"),
                name="default_model_is_active",
                violation_error_message="A default model must be active.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="aimodelconfig",
            name="model_prices_are_not_negative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("input_cost_per_1m__isnull", True), ("input_cost_per_1m__gte", 0), _connector="OR"
                    ),
                    models.Q(
                        ("output_cost_per_1m__isnull", True), ("output_cost_per_1m__gte", 0), _connector="OR"
                    ),
                    models.Q(("cost_per_image__isnull", True), ("cost_per_image__gte", 0), _connector="OR"),
                ),
                name="model_prices_are_not_negative",
                violation_error_message="A price cannot be negative.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="aimodelconfig",
            name="model_prices_are_numbers",
            constraint=models.CheckConstraint(
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
                        ("cost_per_image__isnull", True), ("cost_per_image__lt", 1000000), _connector="OR"
                    ),
                ),
                name="model_prices_are_numbers",
                violation_error_message="A price must be a number below one million dollars.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="aimodelconfig",
            name="text_model_has_token_prices",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("model_type", "text"), _negated=True),
                    models.Q(("input_cost_per_1m__isnull", False), ("output_cost_per_1m__isnull", False)),
                    _connector="OR",
                ),
                name="text_model_has_token_prices",
                violation_error_message="A text model needs an input price and an output price; 0 is a price.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="aimodelconfig",
            name="image_model_has_image_price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("model_type", "image"), _negated=True),
                    ("cost_per_image__isnull", False),
                    _connector="OR",
                ),
                name="image_model_has_image_price",
                violation_error_message="An image model needs a price per image; 0 is a price.",
            ),
        ),
    ]
