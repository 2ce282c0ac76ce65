"""What billing's migrations do beyond Django's own operations."""

from __future__ import annotations

from typing import Any

from django.db.migrations import CreateModel, RunSQL

PARKING = "billing_parked"


class CreateParkedModel(CreateModel):
    """CreateModel whose reversal keeps the table, rows and all, in the schema `billing_parked`; forward, it comes back."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [f"{PARKING}.{table}"])
            parked = cursor.fetchone()[0]
            cursor.execute("SELECT current_schema()")
            schema = cursor.fetchone()[0]
        if parked:
            schema_editor.execute(
                f"ALTER TABLE {PARKING}.{table} SET SCHEMA {schema_editor.quote_name(schema)}"
            )
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.name)._meta.db_table
        schema_editor.execute(f"CREATE SCHEMA IF NOT EXISTS {PARKING}")
        schema_editor.execute(f"ALTER TABLE {table} SET SCHEMA {PARKING}")


class WatchCatalogueTables(RunSQL):
    """Replaces the catalogue version with each statement that changes `table`, and when the table comes or goes."""

    def __init__(self, table: str) -> None:
        self.table = table
        replace = "UPDATE credits_catalogueversion SET version = gen_random_uuid();"
        watch = "\n".join(
            f"CREATE OR REPLACE TRIGGER catalogue_version_follows_{event.lower()} BEFORE {event} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION credits_replace_catalogue_version();"
            for event in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
        )
        super().__init__(watch + replace, replace)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return self.__class__.__name__, [self.table], {}
