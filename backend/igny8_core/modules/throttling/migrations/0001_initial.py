"""One row for each client that was seen lately: the time at which all that it has asked for will have been earned.

Unlogged: no request waits for the disk, and what a crash of the database loses is only that every client may start
with its whole allowance. The fill factor leaves room to update a row in its page. No model: only one statement in
`arrivals.py` writes here, on connections of its own.
"""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE throttling_arrival (
                client text PRIMARY KEY,
                earned_at timestamptz NOT NULL
            ) WITH (fillfactor = 50)
            """,
            "DROP TABLE throttling_arrival",
        )
    ]
