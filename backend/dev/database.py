"""The database of a run: the server that DATABASE_URL names, or the embedded one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from dev.errors import LauncherError
from dev.postgres import join_server, leave_server
from dev.signals import Interruption
from dev.state import open_state

OLDEST_VERSION = 15
CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Database:
    url: str
    is_embedded: bool

    def keep(self, *, interruption: Interruption) -> None:
        """Bring an embedded server back whose supervisor was killed; its URL stays the same."""
        if self.is_embedded and not open_state().is_supervised():
            with interruption.at_once():
                url = join_server()
            if url != self.url:
                raise LauncherError("The embedded PostgreSQL could not return to its address; run again.")


@contextmanager
def database(*, interruption: Interruption) -> Iterator[Database]:
    """A server that answers; an embedded one is left at the end, and stops unless others use it."""
    given = os.environ.get("DATABASE_URL", "").strip()
    if given:
        with interruption.at_once():
            check_database(given)
        yield Database(url=given, is_embedded=False)
        return
    try:
        with interruption.at_once():
            url = join_server()
        yield Database(url=url, is_embedded=True)
    finally:
        leave_server()


def check_database(url: str) -> None:
    """Raises LauncherError, in one sentence without the password, when the server refuses."""
    import psycopg  # here, because a run with the embedded server needs no driver and should start fast

    try:
        parts = urlsplit(url)
        scheme, password = parts.scheme, parts.password
    except ValueError:
        scheme, password = "", None
    if scheme not in ("postgres", "postgresql"):
        raise LauncherError(
            "DATABASE_URL is not the address of a PostgreSQL database; "
            "it must look like postgresql://USER:PASSWORD@HOST:5432/NAME."
        )
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        reason = _last_line(str(error))
        for secret in {password, unquote(password or "")} - {None, ""}:
            reason = reason.replace(str(secret), "***")
        raise LauncherError(f"The database that DATABASE_URL names cannot be used: {reason}") from None
    except psycopg.Error:
        # The driver quotes an address that it cannot read, password and all.
        raise LauncherError(
            "DATABASE_URL cannot be read as an address; a special character in the password must be "
            "percent-encoded, as in p%40ss for p@ss."
        ) from None
    if version < OLDEST_VERSION:
        raise LauncherError(
            f"The server that DATABASE_URL names is PostgreSQL {version}; igny8 needs {OLDEST_VERSION} or later."
        )


def _last_line(text: str) -> str:
    lines = [line.strip(" -") for line in text.splitlines() if line.strip()]
    # A host with several addresses yields a line for each; libpq adds a question as a hint.
    telling = [line for line in lines if "failed" in line or "FATAL" in line or "could not" in line] or lines
    return telling[-1].rstrip(".") + "." if telling else "it said nothing."
