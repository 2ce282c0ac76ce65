"""What billing's migrations do beyond Django's own operations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db.migrations import CreateModel, RunSQL

from igny8_core.business import billing

PARKING = "billing_parked"
SQL = Path(billing.__file__).parent / "sql"


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


class InstallSQL(RunSQL):
    """Installs what `<name>.<version>.sql` of business/billing/sql creates, in place of the version before.

    Reversed, it puts the version before back, or drops the first. A file that a migration has installed never changes.
    """

    def __init__(self, name: str, version: int) -> None:
        self.name, self.version = name, version
        text = self._read(version)
        before = self._read(version - 1) if version > 1 else ""
        super().__init__(self._drop(before) + text, self._drop(text) + before)

    def _read(self, version: int) -> str:
        return (SQL / f"{self.name}.{version}.sql").read_text()

    @staticmethod
    def _drop(text: str) -> str:
        created = re.findall(r"^CREATE (FUNCTION|VIEW) (\w+)", text, re.MULTILINE)
        # CASCADE takes a function's triggers with it.
        return "".join(f"DROP {kind} IF EXISTS {name} CASCADE;\n" for kind, name in reversed(created))

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return self.__class__.__name__, [self.name, self.version], {}

    def describe(self) -> str:
        return f"Install {self.name} version {self.version}"
