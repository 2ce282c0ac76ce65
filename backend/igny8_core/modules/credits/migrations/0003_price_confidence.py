"""How sure the price of each charge is, and cards that are a model's for a time.

What was charged before was priced exactly. Adding the column with that default rewrites no row; after it, each
function says for itself. Calls in flight meet either version of the functions, and both understand them.
"""

from django.db import migrations, models

from igny8_core.business.credits.sql import InstallFunction

CONFIDENCES = [("exact", "Exact"), ("estimated", "Estimated"), ("unpriced", "Unpriced")]


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0002_lists_by_time"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE credits_usage_log ADD confidence varchar(10) DEFAULT 'exact';"
            " ALTER TABLE credits_usage_log ALTER confidence DROP DEFAULT;",
            "ALTER TABLE credits_usage_log DROP confidence;",
            state_operations=[
                migrations.AddField(
                    model_name="creditusagelog",
                    name="confidence",
                    field=models.CharField(
                        choices=CONFIDENCES,
                        help_text="How sure the price is: exact; estimated, at a rate stated as an estimate; or unpriced, for want of a rate.",
                        max_length=10,
                        null=True,
                    ),
                ),
            ],
        ),
        InstallFunction("reserve", 2),
        InstallFunction("settle", 2),
        InstallFunction("void", 2),
        migrations.AddIndex(
            model_name="creditusagelog",
            index=models.Index(
                condition=models.Q(("confidence__in", ("estimated", "unpriced"))),
                fields=["confidence", "admitted_at", "id"],
                name="usage_that_is_not_exact",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditusagelog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "settled"), _negated=True),
                    models.Q(("confidence__in", ("exact", "estimated")), ("confidence__isnull", False)),
                    _connector="OR",
                ),
                name="a_charge_has_a_price",
            ),
        ),
    ]
