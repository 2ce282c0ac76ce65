"""The embedded PostgreSQL of a developer's machine: start or join it, leave it, or have one to throw away.

python -m dev.postgres    prints its URL and keeps it running until Ctrl-C
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

from dev.cluster import answers
from dev.errors import LauncherError
from dev.state import Lock, State, open_state
from dev.throwaway import ThrowawayServer, throwaway_server

__all__ = ["LauncherError", "ThrowawayServer", "join_server", "leave_server", "throwaway_server"]

JOIN_SECONDS = 120.0
BACKEND = Path(__file__).resolve().parents[1]

# Open for the life of the process: closing one would say that this process uses the server no more.
_held: dict[Path, Lock] = {}


def join_server(*, state_dir: Path | None = None) -> str:
    """Start or join the embedded server; the process holds it until it exits. Returns the database URL.

    Raises LauncherError when there can be no server.
    """
    if sys.platform != "linux":
        raise LauncherError(
            "The embedded PostgreSQL runs on Linux; set DATABASE_URL to a server of your own."
        )
    state = open_state(state_dir=state_dir)
    lock = _held.setdefault(state.folder, state.users_lock())
    deadline = monotonic() + JOIN_SECONDS
    # A supervisor that stops the server keeps users out until it has exited.
    while not lock.share():
        _check(deadline, state)
        sleep(0.03)
    while True:
        if not state.is_supervised():
            _start_supervisor(state)
        server = state.server()
        if server is not None and answers(Path(server.socket_dir)):
            return server.url
        _check(deadline, state)
        sleep(0.03)


def leave_server(*, state_dir: Path | None = None, seconds: float = 30.0) -> bool:
    """Use the server no more and wait until it has stopped; False when others still use it."""
    state = open_state(state_dir=state_dir)
    lock = _held.pop(state.folder, None) or state.users_lock()
    deadline, looks = monotonic() + seconds, 0
    try:
        lock.release()
        while state.is_supervised() and monotonic() < deadline:
            server = state.server()
            if server is not None:
                server.supervisor.send(signal.SIGTERM)  # which asks it to skip the grace
            # A single look may have met the supervisor's own; five in a row are other users.
            looks = looks + 1 if _others_use(lock) else 0
            if looks == 5:
                return False
            sleep(0.05)
        return not state.is_supervised()
    finally:
        lock.close()


def _others_use(lock: Lock) -> bool:
    """Whether others share the lock; a supervisor that owns it is only stopping."""
    try:
        return not lock.own() and lock.share()
    finally:
        lock.release()


def _check(deadline: float, state: State) -> None:
    if monotonic() > deadline:
        raise LauncherError(
            f"The embedded PostgreSQL in {state.folder} did not answer in {JOIN_SECONDS:.0f} seconds; see {state.log}."
        )


def _start_supervisor(state: State) -> None:
    """Start one and return when the server answers, or when another supervisor came first."""
    path = os.pathsep.join(filter(None, [str(BACKEND), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.supervisor", str(state.folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        cwd="/",
        start_new_session=True,
        text=True,
    )
    failure = ""
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            kind, _, sentence = line.strip().partition(" ")
            if kind == "error":
                failure = sentence
            else:
                print(sentence, file=sys.stderr, flush=True)
    if failure:
        raise LauncherError(failure)
    if process.returncode:
        raise LauncherError(f"The supervisor of the embedded PostgreSQL did not start; see {state.log}.")


def main() -> None:
    try:
        print(join_server(), flush=True)
        signal.pause()
    except LauncherError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        leave_server()


if __name__ == "__main__":
    main()
