"""The runner's child processes: none outlives it, not even after `kill -9`.

Each child leads a session of its own, which its workers share, and is signalled by the kernel when the
runner dies. All carry the runner's identity in their environment, by which a later run knows a leftover.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from dev.errors import LauncherError
from dev.processes import ProcessId, end_all, every_pid, start_tethered
from dev.signals import Interruption

BACKEND = Path(__file__).resolve().parents[1]
MARK = "IGNY8_RUNNER"
STOP_SECONDS = 10.0
LINES_SHOWN = 20


class Child:
    """A running command of the runner's; what it prints is kept, unless it is shown as it comes."""

    def __init__(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], is_shown: bool = False
    ) -> None:
        self.name = name
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (kept as long as the child)
        self.process = start_tethered(
            command,
            parent_death_signal=signal.SIGTERM,
            environment=environment,
            output=2 if is_shown else self._output,
            folder=BACKEND,
        )

    def output(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    def failure(self) -> LauncherError:
        """Shows the last lines of the dead child, and returns the sentence about it."""
        print(*self.output().splitlines()[-LINES_SHOWN:], sep="\n", file=sys.stderr, flush=True)
        code = self.process.returncode
        how = f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"
        return LauncherError(f"{self.name} {how}.")

    def members(self) -> list[ProcessId]:
        """Everyone in its session who still lives, after its own death too."""
        found = (ProcessId.of(pid) for pid in every_pid() if session_of(pid) == self.process.pid)
        return [process for process in found if process is not None]


class Children:
    def __init__(self, *, environment: Mapping[str, str], state_folder: Path) -> None:
        self._environment = {**environment, MARK: mark(state_folder)}
        self._all: list[Child] = []

    def start(self, name: str, *command: str, is_shown: bool = False) -> Child:
        child = Child(name, command, environment=self._environment, is_shown=is_shown)
        self._all.append(child)
        return child

    def complete(self, name: str, *command: str, interruption: Interruption) -> str:
        """Run to the end and return what was printed; raises LauncherError when it fails."""
        child = self.start(name, *command)
        while child.process.poll() is None:
            interruption.check()
            sleep(0.02)
        if child.process.returncode:
            raise child.failure()
        self._all.remove(child)
        return child.output()

    def check(self) -> None:
        """Raises LauncherError when one has died."""
        for child in self._all:
            if child.process.poll() is not None:
                raise child.failure()

    def stop(self) -> None:
        """Ask each to stop, then end what remains of their sessions at the deadline."""
        deadline = monotonic() + STOP_SECONDS
        for child in self._all:
            if child.process.poll() is None:
                child.process.terminate()
        for child in self._all:
            try:
                child.process.wait(timeout=max(0.0, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
            end_all(child.members(), signals=[signal.SIGKILL], seconds=5)
            child.process.wait()


@contextmanager
def children(*, environment: Mapping[str, str], state_folder: Path) -> Iterator[Children]:
    family = Children(environment=environment, state_folder=state_folder)
    try:
        yield family
    finally:
        family.stop()


def session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def mark(state_folder: Path) -> str:
    runner = ProcessId.of(os.getpid())
    assert runner is not None
    return f"{runner.pid},{runner.started},{state_folder}"


def leftovers(state_folder: Path) -> list[ProcessId]:
    """Processes that a runner on this state directory started, and that have outlived it."""
    found = []
    for pid in every_pid():
        try:
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        for variable in variables:
            name, _, value = os.fsdecode(variable).partition("=")
            if name == MARK:
                runner_pid, started, folder = value.split(",", maxsplit=2)
                runner = ProcessId(pid=int(runner_pid), started=int(started))
                process = ProcessId.of(pid)
                if folder == str(state_folder) and not runner.is_alive() and process is not None:
                    found.append(process)
    return found
