"""The supervisor: one detached process a state directory, which keeps PostgreSQL running while anyone uses it.

`python -m dev.supervisor STATE_DIR` detaches itself. Until its standard output closes, it says there what
its starter should print: `note …` lines, and one `error …` line if it gave up.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from types import FrameType

from dev.cluster import (
    Cluster,
    create_cluster,
    make_socket_dir,
    start_postgres,
    stop_postgres,
    wait_for_backends,
)
from dev.errors import LauncherError
from dev.place import Place, find_place
from dev.processes import ProcessId, wait_until
from dev.state import Server, State, give_to_owner

GRACE_SECONDS = 3.0
POLL_SECONDS = 0.1
LOG_BYTES = 5_000_000
MAX_RESTARTS_A_MINUTE = 10


class Supervisor:
    def __init__(self, state: State) -> None:
        self.state = state
        self.users = state.users_lock()
        self.is_hurried = False
        self.restarts: list[float] = []

    def run(self) -> None:
        lock = self.state.supervisor_lock()
        # Lookers hold the lock for a moment; another supervisor holds it for good, and then it serves.
        if not wait_until(lock.own, seconds=1):
            return
        signal.signal(signal.SIGTERM, self._hurry)
        former = self.state.server()
        self.state.forget_server()
        place = find_place(state_dir=self.state.folder)
        if place.note:
            tell(f"note {place.note}")
        rotate(self.state.log)
        create_cluster(place)
        cluster = Cluster(place=place, socket_dir=keep_socket_dir(place, former), log=self.state.log)
        process = self._start(cluster)
        say_no_more()
        process = self._keep(cluster, process)
        stop_postgres(cluster, process)
        self.state.forget_server()
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)

    def _start(self, cluster: Cluster) -> subprocess.Popen[bytes]:
        process = start_postgres(cluster)
        supervisor, postmaster = ProcessId.of(os.getpid()), ProcessId.of(process.pid)
        if supervisor is not None and postmaster is not None:
            socket_dir = str(cluster.socket_dir)
            server = Server(
                url=cluster.url, socket_dir=socket_dir, supervisor=supervisor, postmaster=postmaster
            )
            self.state.announce(server)
        return process

    def _keep(self, cluster: Cluster, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """Restart the postmaster when it dies; return when the last user has been gone for the grace.

        The users lock is then ours and stays so until we exit: whoever comes in between waits for it,
        finds no supervisor and starts another, so nobody is handed a server that is about to stop.
        """
        unused_since: float | None = None
        while True:
            if process.poll() is not None:
                process = self._restart(cluster)
            if self.users.own():
                unused_since = unused_since or monotonic()
                if self.is_hurried or monotonic() - unused_since > GRACE_SECONDS:
                    return process
                self.users.release()
            else:
                unused_since = None
                self.is_hurried = False
            sleep(POLL_SECONDS)

    def _restart(self, cluster: Cluster) -> subprocess.Popen[bytes]:
        self.state.forget_server()
        now = monotonic()
        self.restarts = [at for at in self.restarts if now - at < 60] + [now]
        if len(self.restarts) > MAX_RESTARTS_A_MINUTE:
            raise LauncherError(
                f"PostgreSQL died {len(self.restarts)} times in a minute (log: {cluster.log})"
            )
        print("supervisor: PostgreSQL died and is started again", file=sys.stderr, flush=True)
        wait_for_backends(cluster)
        return self._start(cluster)

    def _hurry(self, _signal: int, _frame: FrameType | None) -> None:
        """SIGTERM: no grace for users who may come, but those who are here keep their server."""
        self.is_hurried = True


def keep_socket_dir(place: Place, former: Server | None) -> Path:
    """The socket folder of a supervisor that was killed, so that its clients' URL stays true; or a new one."""
    owner = os.geteuid() if place.user is None else place.user.uid
    if former is not None:
        with suppress(OSError):
            status = os.lstat(former.socket_dir)
            if stat.S_ISDIR(status.st_mode) and status.st_uid == owner and not status.st_mode & 0o077:
                return Path(former.socket_dir)
    return make_socket_dir(place)


def rotate(log: Path) -> None:
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.rename(log.with_suffix(".log.1"))


def tell(line: str) -> None:
    # The starter may be gone; the server is for whoever comes next too.
    with suppress(OSError):
        os.write(1, f"{line}\n".encode())


def say_no_more() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def detach(log: Path) -> None:
    """Leave the starter: no child of its to be reaped, no terminal, no folder held."""
    if os.fork():
        os._exit(0)
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(ignored, signal.SIG_IGN)
    os.chdir("/")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    give_to_owner(descriptor, log.parent)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def main() -> None:
    state = State(folder=Path(sys.argv[1]))
    try:
        detach(state.log)
        Supervisor(state).run()
    except (LauncherError, OSError) as error:
        tell(f"error {' '.join(str(error).split())}")
        print(f"supervisor: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
