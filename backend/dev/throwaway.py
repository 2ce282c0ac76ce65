"""A PostgreSQL server to throw away: for tests, with the durability of the real one, and nothing left behind."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dev.binaries import find_binaries
from dev.cluster import (
    Cluster,
    create_cluster,
    make_socket_dir,
    start_postgres,
    stop_postgres,
    wait_for_backends,
)
from dev.errors import LauncherError
from dev.os_user import OsUser, postgres_user
from dev.place import REFUGES, Place, open_binaries
from dev.state import REPOSITORY, Lock

PREFIX = "igny8-throwaway-"


class ThrowawayServer:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._cluster.url

    @property
    def data(self) -> Path:
        return self._cluster.data

    @property
    def log(self) -> Path:
        return self._cluster.log

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        if self._process is None:
            raise LauncherError("the throwaway server is not running")
        return self._process.pid

    def start(self) -> None:
        """Start (again) on the same data and socket, and wait until it answers."""
        if self._process is None:
            self._process = start_postgres(self._cluster)

    def kill(self) -> None:
        """Crash: SIGKILL to the postmaster, then wait until all its backends are gone."""
        os.kill(self.pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self._process = None
        wait_for_backends(self._cluster)

    def stop(self) -> None:
        """Stop in order, keeping the data."""
        self._end(in_order=True)

    def _end(self, *, in_order: bool) -> None:
        if self._process is not None:
            stop_postgres(self._cluster, self._process, in_order=in_order)
        self._process = None


@contextmanager
def throwaway_server(*, parent: Path | None = None) -> Iterator[ThrowawayServer]:
    """A server of its own in a temporary directory, fsync on, removed afterwards.

    Enter from the main thread: the kernel ends the server when the thread that started it ends.
    """
    with _temporary_folder(parent) as folder:
        data = folder / "postgres"
        user = postgres_user(data=data)
        binaries = open_binaries(find_binaries(), user=user, state_dir=REPOSITORY / ".igny8")
        place = Place(binaries=binaries, data=data, user=user)
        create_cluster(place, durable=False)
        socket_dir = make_socket_dir(place, preferred=folder)
        server = ThrowawayServer(Cluster(place=place, socket_dir=socket_dir, log=folder / "postgres.log"))
        try:
            server.start()
            yield server
        finally:
            server._end(in_order=False)
            shutil.rmtree(socket_dir, ignore_errors=True)


@contextmanager
def _temporary_folder(parent: Path | None) -> Iterator[Path]:
    base = parent or Path(tempfile.gettempdir())
    user: OsUser | None = postgres_user(data=base / "none")
    if user is not None and not user.can_enter(base):
        base = REFUGES
    _remove_abandoned(base)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    folder.chmod(0o711)
    lock = Lock(folder / "lock")
    lock.own()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def _remove_abandoned(base: Path) -> None:
    """Remove what killed sessions of ours left here: their folders' locks are free."""
    for folder in base.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid != os.geteuid() or not (folder / "lock").exists():
                continue
            lock = Lock(folder / "lock")
            if lock.own():
                shutil.rmtree(folder, ignore_errors=True)
            lock.close()
