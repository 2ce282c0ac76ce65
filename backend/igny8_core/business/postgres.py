"""The product's own PostgreSQL connections: autocommit, apart from Django's, verified to be durable.

A caller's `atomic()` that rolls back must keep a charge, and a caller's uncommitted price must not be read as
a price; so the ledger and the catalogue never use Django's connection.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.errors import LockNotAvailable, ReadOnlySqlTransaction
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool, PoolTimeout

from igny8_core.business.conf import setting
from igny8_core.business.errors import LedgerUnavailable

logger = logging.getLogger(__name__)

Connection = psycopg.Connection[TupleRow]
Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 1.5
# Another try may succeed.
TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError, ReadOnlySqlTransaction)
# What Django hands to its own driver beside libpq's keywords.
DJANGOS_OWN = frozenset({"context", "cursor_factory", "prepare_threshold"})

_pools: dict[int, ConnectionPool[Connection]] = {}
_lock = Lock()


class NotDurable(Exception):
    """The server would acknowledge a charge before it is safe on disk."""


def run(work: Callable[[Connection], Answer], *, retry_seconds: float) -> Answer:
    """`work` on a connection of our own, retried while the database is away or a lock is busy.

    `work` must be safe to repeat. Raises LedgerUnavailable once `retry_seconds` have passed.
    """
    deadline = time.monotonic() + retry_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            # The pool gives up connecting before its own timeout does, and only a new wait makes it try again.
            wait_seconds = min(max(deadline - time.monotonic(), 0.1), LONGEST_WAIT_SECONDS)
            with _pool().connection(timeout=wait_seconds) as connection:
                try:
                    return work(connection)
                except ReadOnlySqlTransaction:
                    # The server has become a standby, or was told to take no writes: the next one may take them.
                    connection.close()
                    raise
        except (*TRANSIENT, PoolTimeout) as error:
            if time.monotonic() + pause >= deadline:
                raise LedgerUnavailable(
                    f"the database did not answer within {retry_seconds:g} s: {type(error).__name__}"
                ) from error
            logger.warning("database away, trying again: %s", type(error).__name__)
            if not isinstance(error, (LockNotAvailable, PoolTimeout)):
                # A server that went down has broken every idle connection: find out now, not one try at a time.
                _pool().check()
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


@contextmanager
def exclusive(purpose: str, account_id: int) -> Iterator[bool]:
    """Whether this is the only one at `purpose` for the account, anywhere. A killed process lets go of it.

    Raises LedgerUnavailable.
    """
    lock = "SELECT pg_try_advisory_lock(hashtextextended(%s, %s))"
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(psycopg.connect(**connection_options(), autocommit=True))
            row = connection.execute(lock, [f"igny8 {purpose}", account_id]).fetchone()
        except psycopg.OperationalError as error:
            raise LedgerUnavailable(f"the database does not answer: {type(error).__name__}") from error
        yield row is not None and row[0]


def close() -> None:
    """Closes this process's connections; the next use opens new ones."""
    with _lock:
        pool = _pools.pop(os.getpid(), None)
    if pool is not None:
        pool.close()


def connection_options() -> dict[str, Any]:
    """What Django's default database connects with, whatever its name is now (a test's, say): the same server,
    database, search path and role, or the ledger would be another than Django's."""
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    return {name: value for name, value in parameters.items() if name not in DJANGOS_OWN}


def _pool() -> ConnectionPool[Connection]:
    # A forked child must not share its parent's sockets: each process has a pool of its own.
    pool = _pools.get(os.getpid())
    if pool is None:
        with _lock:
            pool = _pools.get(os.getpid())
            if pool is None:
                pool = _pools[os.getpid()] = _open_pool()
    return pool


def _open_pool() -> ConnectionPool[Connection]:
    options = connection_options()
    keywords = {
        # A connection that has silently died is found out, not waited for.
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        **options,
        "autocommit": True,
        "application_name": "igny8-ledger",
        # A prepared query would fail once after each migration of its tables, and is not for every proxy.
        "prepare_threshold": None,
        "options": f"{options.get('options', '')} -c lock_timeout={setting('LEDGER_LOCK_TIMEOUT_MS')} -c TimeZone=UTC",
    }
    return ConnectionPool(
        kwargs=keywords,
        min_size=0,
        max_size=setting("LEDGER_POOL_SIZE"),
        configure=_prepare,
        reconnect_timeout=1,
        name="igny8-ledger",
        open=True,
    )


def _prepare(connection: Connection) -> None:
    """Takes the role that Django takes, and refuses a server that would lose an acknowledged charge."""
    if role := connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"].get("assume_role"):
        connection.execute(SQL("SET ROLE {}").format(Identifier(role)))
    found = connection.execute(
        "SELECT current_setting('fsync'), current_setting('synchronous_commit') IN ('on', 'remote_apply'),"
        " current_setting('default_transaction_isolation'), current_setting('transaction_read_only')"
    ).fetchone()
    if found != ("on", True, "read committed", "off"):
        raise NotDurable(f"(fsync, synchronous_commit, isolation, read-only) = {found}")


def _renew_lock() -> None:
    """In a forked child: another thread of the parent may have held the lock, and is not here to release it."""
    global _lock
    _lock = Lock()


os.register_at_fork(after_in_child=_renew_lock)
# The pool's threads must be gone before the interpreter is.
atexit.register(close)
