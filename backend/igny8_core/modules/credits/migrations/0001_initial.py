"""The tables of money and the ledger's functions.

The tables are written in SQL: one is partitioned, and keys and constraints begin with the account, which Django
cannot say. No table here refers to a price, so that prices can be rolled back without touching a credit.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from igny8_core.business.credits.sql import InstallFunction, read_sql


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(read_sql("tables", 1), read_sql("tables", 0))],
            state_operations=[
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(unique=True)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "external_id",
                            models.CharField(
                                blank=True,
                                help_text="This account's id in your own system.",
                                max_length=200,
                                null=True,
                                unique=True,
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="An inactive account's calls are refused.",
                                verbose_name="active",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ("slug",),
                    },
                ),
                migrations.CreateModel(
                    name="CatalogueVersion",
                    fields=[
                        ("singleton", models.BooleanField(default=True, primary_key=True, serialize=False)),
                        ("version", models.UUIDField()),
                    ],
                ),
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        (
                            "prefix",
                            models.CharField(
                                editable=False,
                                help_text="First characters, to recognise the key by.",
                                max_length=16,
                            ),
                        ),
                        (
                            "key_hash",
                            models.CharField(
                                editable=False, help_text="SHA-256 of the key, hexadecimal.", max_length=64
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "revoked_at",
                            models.DateTimeField(
                                blank=True, help_text="From then on every call is refused.", null=True
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_keys",
                                to="credits.account",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "API key",
                    },
                ),
                migrations.CreateModel(
                    name="CreditUsageLog",
                    fields=[
                        ("admitted_at", models.DateTimeField()),
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("logged_at", models.DateTimeField()),
                        ("request_id", models.UUIDField()),
                        ("attempt", models.IntegerField(help_text="0 where no hold was made.")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("settled", "Settled"),
                                    ("void", "Void"),
                                    ("unknown", "Unknown"),
                                    ("refused", "Refused"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("error_code", models.CharField(max_length=50, null=True)),
                        ("operation", models.CharField(max_length=20)),
                        ("model", models.CharField(max_length=100, null=True)),
                        ("provider", models.CharField(max_length=50, null=True)),
                        ("user_ref", models.CharField(max_length=100, null=True)),
                        ("api_key_id", models.BigIntegerField(null=True)),
                        ("price_source", models.CharField(max_length=20, null=True)),
                        (
                            "card_id",
                            models.UUIDField(
                                help_text="The stored rate card that this was priced with.", null=True
                            ),
                        ),
                        ("usage", models.JSONField(help_text="Quantities by unit, disjoint.")),
                        ("cost_usd", models.DecimalField(decimal_places=18, max_digits=30)),
                        (
                            "usd_per_credit",
                            models.DecimalField(
                                decimal_places=18,
                                help_text="What a credit was worth when this was charged.",
                                max_digits=30,
                                null=True,
                            ),
                        ),
                        ("credits", models.DecimalField(decimal_places=6, max_digits=20)),
                        (
                            "held",
                            models.DecimalField(
                                decimal_places=6,
                                help_text="Credits that this outcome released from the hold.",
                                max_digits=20,
                            ),
                        ),
                        ("provider_request_id", models.TextField(null=True)),
                        ("detail", models.JSONField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="usage",
                                to="credits.account",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "credit usage",
                        "verbose_name_plural": "credit usage log",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "settled"), _negated=True),
                                    models.Q(("card_id__isnull", False), ("usd_per_credit__isnull", False)),
                                    _connector="OR",
                                ),
                                name="settled_usage_names_what_it_was_priced_with",
                            )
                        ],
                        "db_table": "credits_usage_log",
                    },
                ),
                migrations.CreateModel(
                    name="LedgerEntry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("grant", "Grant"),
                                    ("charge", "Charge"),
                                    ("overrun", "Overrun"),
                                    ("expiry", "Expiry"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=6,
                                help_text="Positive comes in, negative goes out.",
                                max_digits=20,
                            ),
                        ),
                        (
                            "posted_after",
                            models.DecimalField(
                                decimal_places=6,
                                help_text="The account's posted credits after this entry.",
                                max_digits=20,
                            ),
                        ),
                        ("request_id", models.UUIDField(help_text="The hold that was settled.", null=True)),
                        (
                            "grant_id",
                            models.BigIntegerField(
                                help_text="The grant that was made or expired.", null=True
                            ),
                        ),
                        (
                            "draws",
                            models.JSONField(
                                help_text="Credits drawn from each grant: {grant id: amount}.", null=True
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="credits.account",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "ledger entries",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("grant", "charge", "overrun", "expiry"))),
                                name="entry_kind_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StoredAnswer",
                    fields=[
                        ("request_id", models.UUIDField(primary_key=True, serialize=False)),
                        ("answer", models.TextField(help_text="Fernet token.")),
                        ("expires_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="credits.account",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="StoredRateCard",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("card_id", models.UUIDField()),
                        (
                            "body",
                            models.JSONField(
                                help_text="The card's canonical content; its hash is the card id."
                            ),
                        ),
                        ("stored_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="credits.account",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "credits_rate_card",
                    },
                ),
                migrations.CreateModel(
                    name="AccountBalance",
                    fields=[
                        (
                            "account",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="balance",
                                serialize=False,
                                to="credits.account",
                            ),
                        ),
                        (
                            "posted",
                            models.DecimalField(
                                decimal_places=6,
                                default=0,
                                help_text="Sum of the account's entries.",
                                max_digits=20,
                            ),
                        ),
                        (
                            "reserved",
                            models.DecimalField(
                                decimal_places=6, default=0, help_text="Sum of its open holds.", max_digits=20
                            ),
                        ),
                        (
                            "debt",
                            models.DecimalField(
                                decimal_places=6,
                                default=0,
                                help_text="Spent beyond all grants; new grants repay it first.",
                                max_digits=20,
                            ),
                        ),
                        (
                            "floor",
                            models.DecimalField(
                                decimal_places=6,
                                default=0,
                                help_text="No hold may take the available credits below this.",
                                max_digits=20,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reserved__gte", 0)), name="reserved_is_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("debt__gte", 0)), name="debt_is_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Grant",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "external_id",
                            models.CharField(
                                help_text="Granting twice with one external id grants once.", max_length=200
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("purchase", "Purchase"),
                                    ("subscription", "Subscription"),
                                    ("promotion", "Promotion"),
                                    ("refund", "Refund"),
                                    ("adjustment", "Adjustment"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=6, max_digits=20)),
                        (
                            "repaid",
                            models.DecimalField(
                                decimal_places=6,
                                default=0,
                                help_text="Went to the debt that stood when it came in.",
                                max_digits=20,
                            ),
                        ),
                        (
                            "remaining",
                            models.DecimalField(
                                decimal_places=6,
                                help_text="Not yet drawn, expired or used to repay debt.",
                                max_digits=20,
                            ),
                        ),
                        (
                            "priority",
                            models.SmallIntegerField(default=100, help_text="Lower is drawn first."),
                        ),
                        ("is_paid", models.BooleanField(default=False, verbose_name="paid")),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="grants",
                                to="credits.account",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "external_id"), name="grant_external_id_is_used_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="grant_amount_is_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("repaid__gte", 0)), name="grant_repaid_is_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("remaining__gte", 0),
                                    ("remaining__lte", models.F("amount") - models.F("repaid")),
                                ),
                                name="grant_remaining_is_within_its_amount",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("request_id", models.UUIDField()),
                        (
                            "attempt",
                            models.IntegerField(
                                help_text="Grows when a void has freed the key and the call is made again."
                            ),
                        ),
                        (
                            "owner",
                            models.UUIDField(help_text="Tells a repeated reserve from another caller's."),
                        ),
                        ("fingerprint", models.UUIDField(help_text="Hash of the request's body.")),
                        ("idempotency_key", models.TextField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("held", "Held"),
                                    ("sent", "Sent"),
                                    ("settled", "Settled"),
                                    ("void", "Void"),
                                    ("unknown", "Unknown"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=6, max_digits=20)),
                        ("available_after", models.DecimalField(decimal_places=6, max_digits=20)),
                        ("floor_at_reserve", models.DecimalField(decimal_places=6, max_digits=20)),
                        ("card_id", models.UUIDField()),
                        ("catalogue_version", models.UUIDField()),
                        ("price_source", models.CharField(max_length=20)),
                        ("operation", models.CharField(max_length=20)),
                        ("model", models.CharField(max_length=100)),
                        ("provider", models.CharField(max_length=50)),
                        ("user_ref", models.CharField(max_length=100, null=True)),
                        ("api_key_id", models.BigIntegerField(null=True)),
                        ("admitted_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="credits.account",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "request_id"), name="hold_request_id_is_used_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="hold_amount_is_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("available_after__gte", models.F("floor_at_reserve"))),
                                name="hold_was_admitted_above_its_floor",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ("held", "sent", "settled", "void", "unknown"))
                                ),
                                name="hold_state_is_known",
                            ),
                        ],
                    },
                ),
            ],
        ),
        InstallFunction("post_expiries", 1),
        InstallFunction("reserve", 1),
        InstallFunction("settle", 1),
        InstallFunction("void", 1),
        InstallFunction("sweep", 1),
        InstallFunction("grant", 1),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("administrator", "Administrator"),
                            ("member", "Member"),
                            ("viewer", "Viewer"),
                        ],
                        default="member",
                        max_length=20,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="credits.account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "user"), name="user_is_member_of_account_once")
                ],
            },
        ),
    ]
