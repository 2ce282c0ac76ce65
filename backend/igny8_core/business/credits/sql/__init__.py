"""The ledger's SQL, a file for each version of each thing. A file that a migration has installed never changes."""

from __future__ import annotations

from pathlib import Path

from django.db.migrations import RunSQL


def read_sql(name: str, version: int) -> str:
    """The text of `<name>.<version>.sql`."""
    return (Path(__file__).parent / f"{name}.{version}.sql").read_text()


class InstallFunction(RunSQL):
    """Installs `credits_<name>` at `version`; reversed, it puts the version before back, or drops the first."""

    def __init__(self, name: str, version: int) -> None:
        self.name, self.version = name, version
        drop = f"DROP FUNCTION IF EXISTS credits_{name};\n"
        before = read_sql(name, version - 1) if version > 1 else ""
        super().__init__(drop + read_sql(name, version), drop + before)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return self.__class__.__name__, [self.name, self.version], {}

    def describe(self) -> str:
        return f"Install credits_{self.name} version {self.version}"
