"""The state directory of the embedded server: its locks, and what its supervisor says about it.

    supervisor.lock   held exclusively by the one supervisor, for its whole life
    users.lock        held shared by every process that uses the server, for its whole life
    server.json       written by the supervisor when the server answers

The kernel drops a lock when its holder dies, so `kill -9` leaves nothing to clear.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from dev.errors import LauncherError
from dev.processes import ProcessId

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    socket_dir: str
    supervisor: ProcessId
    postmaster: ProcessId


class Lock:
    """An flock on a file of its own. Reading rights suffice, so root and its owner can share it."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        give_to_owner(self._descriptor, path.parent)

    def share(self) -> bool:
        return self._take(fcntl.LOCK_SH)

    def own(self) -> bool:
        return self._take(fcntl.LOCK_EX)

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._descriptor)

    def _take(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class State:
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def users_lock(self) -> Lock:
        return Lock(self.folder / "users.lock")

    def supervisor_lock(self) -> Lock:
        return Lock(self.folder / "supervisor.lock")

    def is_supervised(self) -> bool:
        with self._probe() as free:
            return not free

    @contextmanager
    def _probe(self) -> Iterator[bool]:
        lock = self.supervisor_lock()
        try:
            # Shared, so that two who look at once do not see each other.
            yield lock.share()
        finally:
            lock.close()

    def server(self) -> Server | None:
        """What server.json says, or None. Its writer may be dead: ask the server before you believe it."""
        try:
            said = json.loads((self.folder / "server.json").read_text())
            return Server(
                url=said["url"],
                socket_dir=said["socket_dir"],
                supervisor=ProcessId(**said["supervisor"]),
                postmaster=ProcessId(**said["postmaster"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def announce(self, server: Server) -> None:
        write_whole(self.folder / "server.json", json.dumps(asdict(server), indent=2) + "\n")

    def forget_server(self) -> None:
        (self.folder / "server.json").unlink(missing_ok=True)


def give_to_owner(descriptor: int, folder: Path) -> None:
    """What root makes in somebody's state directory stays usable to that somebody."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def write_whole(path: Path, text: str) -> None:
    """Write so that a reader sees the old text or the new, never a part."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)
    Path(name).rename(path)


def open_state(*, state_dir: Path | None = None) -> State:
    """The state directory, made when missing: IGNY8_STATE_DIR, else `.igny8` in the repository."""
    folder = state_dir or Path(os.environ.get("IGNY8_STATE_DIR") or REPOSITORY / ".igny8")
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError("it is not writable")
        state = State(folder=folder)
        for lock in (state.users_lock(), state.supervisor_lock()):
            lock.close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise LauncherError(
            f"The embedded PostgreSQL cannot keep its state in {folder}: {reason}; "
            "set IGNY8_STATE_DIR to a folder that you may write to, or DATABASE_URL to a server of your own."
        ) from error
    return state
