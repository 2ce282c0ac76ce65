"""How sure the price of each charge is, and cards that are a model's for a time.

What was charged before was priced exactly. Adding the column with that default rewrites no row; after it, each
function says for itself. Calls in flight meet either version of the functions, and both understand them; a settle that
waits here with the older one at its insert says nothing, so it is said for it. Reversed, it parks what was not exact,
and going forward again gives it back: else an estimate would come back as certain.

The table is locked for moments only: 0004 looks through its rows.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from igny8_core.business.credits.sql import InstallFunction

CONFIDENCES = [("exact", "Exact"), ("estimated", "Estimated"), ("unpriced", "Unpriced")]

ADD = """
ALTER TABLE credits_usage_log ADD confidence varchar(10) DEFAULT 'exact';
ALTER TABLE credits_usage_log ALTER confidence DROP DEFAULT;
CREATE FUNCTION credits_was_exact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.confidence := 'exact';
    RETURN NEW;
END $$;
CREATE TRIGGER an_older_settle_was_exact BEFORE INSERT ON credits_usage_log
    FOR EACH ROW WHEN (NEW.status = 'settled' AND NEW.confidence IS NULL) EXECUTE FUNCTION credits_was_exact();
DO $$ BEGIN
    IF to_regclass('credits_parked.confidence') IS NOT NULL THEN
        ALTER TABLE credits_usage_log DISABLE TRIGGER usage_is_only_added;
        UPDATE credits_usage_log u SET confidence = p.confidence FROM credits_parked.confidence p
         WHERE (u.account_id, u.admitted_at, u.id) = (p.account_id, p.admitted_at, p.id);
        ALTER TABLE credits_usage_log ENABLE TRIGGER usage_is_only_added;
        DROP SCHEMA credits_parked CASCADE;
    END IF;
END $$;
"""
PARK = """
CREATE SCHEMA credits_parked;
CREATE TABLE credits_parked.confidence AS
    SELECT account_id, admitted_at, id, confidence FROM credits_usage_log WHERE confidence IS DISTINCT FROM 'exact';
DROP FUNCTION credits_was_exact CASCADE;
ALTER TABLE credits_usage_log DROP confidence;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0002_lists_by_time"),
    ]

    operations = [
        migrations.RunSQL(
            ADD,
            PARK,
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
        AddConstraintNotValid(
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
