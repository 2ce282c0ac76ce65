"""What an operator's lists need: indexes that serve them newest first, and names that people read.

Without them the newest rows of a million are found by reading the million. On the charging path each of hold_by_time,
ledger_entry_by_time, usage_by_time and grant_by_time costs an insertion at the end of its index; the others are
partial or of a table that a charge hardly ever adds to. Building them locks their tables against writes for a second
or so for each million rows.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="creditusagelog",
            options={"verbose_name": "credit usage log row"},
        ),
        migrations.AlterField(
            model_name="creditusagelog",
            name="api_key_id",
            field=models.BigIntegerField(null=True, verbose_name="API key"),
        ),
        migrations.AlterField(
            model_name="creditusagelog",
            name="card_id",
            field=models.UUIDField(
                help_text="The stored rate card that this was priced with.",
                null=True,
                verbose_name="rate card",
            ),
        ),
        migrations.AlterField(
            model_name="creditusagelog",
            name="cost_usd",
            field=models.DecimalField(decimal_places=18, max_digits=30, verbose_name="cost (USD)"),
        ),
        migrations.AlterField(
            model_name="creditusagelog",
            name="provider_request_id",
            field=models.TextField(null=True, verbose_name="provider's request id"),
        ),
        migrations.AlterField(
            model_name="creditusagelog",
            name="usd_per_credit",
            field=models.DecimalField(
                decimal_places=18,
                help_text="What a credit was worth when this was charged.",
                max_digits=30,
                null=True,
                verbose_name="USD per credit",
            ),
        ),
        migrations.AlterField(
            model_name="creditusagelog",
            name="user_ref",
            field=models.CharField(
                help_text="Whom the caller named.", max_length=100, null=True, verbose_name="user"
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="amount",
            field=models.DecimalField(decimal_places=6, help_text="Credits.", max_digits=20),
        ),
        migrations.AlterField(
            model_name="grant",
            name="expires_at",
            field=models.DateTimeField(
                blank=True, help_text="What is left then is lost; empty: never.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="is_paid",
            field=models.BooleanField(
                default=False, help_text="Free credits are drawn before paid ones.", verbose_name="paid"
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="amount",
            field=models.DecimalField(decimal_places=6, help_text="Credits set aside.", max_digits=20),
        ),
        migrations.AlterField(
            model_name="hold",
            name="api_key_id",
            field=models.BigIntegerField(null=True, verbose_name="API key"),
        ),
        migrations.AlterField(
            model_name="hold",
            name="available_after",
            field=models.DecimalField(
                decimal_places=6, help_text="Credits that were available once this was held.", max_digits=20
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="card_id",
            field=models.UUIDField(
                help_text="The stored rate card that the call is priced with.", verbose_name="rate card"
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="floor_at_reserve",
            field=models.DecimalField(
                decimal_places=6, help_text="The account's floor at that instant.", max_digits=20
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="user_ref",
            field=models.CharField(
                help_text="Whom the caller named.", max_length=100, null=True, verbose_name="user"
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="grant_id",
            field=models.BigIntegerField(
                help_text="The grant that was made or expired.", null=True, verbose_name="grant"
            ),
        ),
        migrations.AlterField(
            model_name="storedratecard",
            name="card_id",
            field=models.UUIDField(help_text="Hash of the content."),
        ),
        migrations.AddIndex(
            model_name="creditusagelog",
            index=models.Index(fields=["admitted_at", "id"], name="usage_by_time"),
        ),
        migrations.AddIndex(
            model_name="creditusagelog",
            index=models.Index(
                condition=models.Q(("status", "settled"), _negated=True),
                fields=["status", "admitted_at", "id"],
                name="usage_that_is_not_settled",
            ),
        ),
        migrations.AddIndex(
            model_name="creditusagelog",
            index=models.Index(
                condition=models.Q(("error_code__isnull", False)),
                fields=["error_code", "admitted_at", "id"],
                name="usage_by_error_code",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["created_at", "id"], name="grant_by_time"),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["admitted_at", "id"], name="hold_by_time"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["created_at", "id"], name="ledger_entry_by_time"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("kind", "charge"), _negated=True),
                fields=["kind", "created_at", "id"],
                name="ledger_entry_that_is_no_charge",
            ),
        ),
        migrations.AddIndex(
            model_name="storedratecard",
            index=models.Index(fields=["id"], name="rate_card_by_id"),
        ),
    ]
