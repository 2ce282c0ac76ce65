"""Looks through the usage log: the check of 0003 holds for older rows too, and what is not exact is found by an index.

Apart from 0003, so that its lock, which keeps every call waiting, does not last as long as this takes: about a second
for each million rows, in which the check keeps nobody waiting and the index keeps writers.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0003_price_confidence"),
    ]

    operations = [
        ValidateConstraint(model_name="creditusagelog", name="a_charge_has_a_price"),
        migrations.AddIndex(
            model_name="creditusagelog",
            index=models.Index(
                condition=models.Q(("confidence__in", ("estimated", "unpriced"))),
                fields=["confidence", "admitted_at", "id"],
                name="usage_that_is_not_exact",
            ),
        ),
    ]
