"""A pytest plugin: each session has a PostgreSQL server of its own, never the one with data.

Load it with `-p dev.pytest_postgres`, so that DATABASE_URL is set before pytest-django reads the settings.
With pytest-xdist the controller starts the server, and each worker makes itself a database on it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from dev.postgres import LauncherError, ThrowawayServer, throwaway_server

WORKER_VARIABLE = "PYTEST_XDIST_WORKER"
_server = pytest.StashKey[ThrowawayServer]()
_cleanup = pytest.StashKey[ExitStack]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    options = early_config.known_args_namespace
    is_idle = options.help or options.version or options.collectonly
    worker = os.environ.get(WORKER_VARIABLE)
    if worker:
        os.environ["DATABASE_URL"] = _worker_database(os.environ["DATABASE_URL"], name=f"igny8_{worker}")
    elif not is_idle:
        stack = early_config.stash[_cleanup] = ExitStack()
        try:
            server = early_config.stash[_server] = stack.enter_context(throwaway_server())
        except LauncherError as error:
            raise pytest.UsageError(str(error)) from error
        # Called on every way out once configuration has begun, Ctrl-C among them.
        early_config.add_cleanup(stack.close)
        os.environ["DATABASE_URL"] = server.url
    return (yield)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[ThrowawayServer]:
    """The session's server. A worker has one of its own here: killing the shared one would fail the others."""
    shared = request.config.stash.get(_server, None)
    if shared is not None:
        yield shared
        return
    with throwaway_server() as server:
        yield server


def _worker_database(url: str, *, name: str) -> str:
    """The URL of this worker's own database, made when missing."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return f"{url.rpartition('/')[0]}/{name}"
