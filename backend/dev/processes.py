"""Processes as the kernel knows them: who is alive, and how to start one that cannot outlive its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from dev.errors import LauncherError
from dev.os_user import OsUser

TETHER = Path(__file__).with_name("tether.py")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A pid together with its start time in clock ticks since boot: unlike a bare pid, never reused."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "ProcessId | None":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        # The command name may hold spaces and brackets, so fields are counted from its closing bracket.
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else cls(pid=pid, started=int(fields[18]))

    def is_alive(self) -> bool:
        return ProcessId.of(self.pid) == self

    def send(self, signal_number: int) -> None:
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal_number)


def every_pid() -> Iterator[int]:
    return (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit())


def postgres_processes_in(data: Path) -> list[ProcessId]:
    """Every postgres process whose working directory is this data directory, whatever a pid file says."""
    try:
        wanted = data.stat()
    except OSError:
        return []
    found = []
    for pid in every_pid():
        try:
            folder = Path(f"/proc/{pid}/cwd").stat()
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            continue
        if name == "postgres" and (folder.st_dev, folder.st_ino) == (wanted.st_dev, wanted.st_ino):
            process = ProcessId.of(pid)
            if process is not None:
                found.append(process)
    return found


def wait_until(condition: Callable[[], bool], *, seconds: float, poll_seconds: float = 0.03) -> bool:
    """Whether the condition came true before the deadline."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(poll_seconds)
    return True


def end_all(processes: Iterable[ProcessId], *, signals: Sequence[int], seconds: float) -> None:
    """End the processes by ever harsher signals, each given `seconds` to work."""
    remaining = [process for process in processes if process.is_alive()]
    for signal_number in signals:
        for process in remaining:
            process.send(signal_number)
        deadline = monotonic() + seconds
        while remaining and monotonic() < deadline:
            sleep(0.03)
            remaining = [process for process in remaining if process.is_alive()]


def start_tethered(
    command: Sequence[str | Path],
    *,
    parent_death_signal: signal.Signals,
    environment: Mapping[str, str],
    output: IO[bytes] | int,
    text: str = "",
    user: OsUser | None = None,
    folder: Path = Path("/"),
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own that the kernel signals when the calling process dies.

    `text` is all it will find on its standard input.

    A small script sets the signal and then becomes the command. `preexec_fn` would be shorter, but is
    not safe in a process that has threads.
    """
    tether = [sys.executable, "-I", "-S", str(TETHER), str(int(parent_death_signal)), str(os.getpid())]
    identity = "-" if user is None else f"{user.uid},{user.gid},{','.join(map(str, user.groups))}"
    try:
        process = subprocess.Popen(
            [*tether, identity, *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
        assert process.stdin is not None
        with process.stdin, suppress(BrokenPipeError):
            process.stdin.write(text.encode())
        return process
    except OSError as error:
        raise LauncherError(f"cannot start {command[0]}: {error}") from error
