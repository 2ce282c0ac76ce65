"""The runner's child processes: none outlives it, not even after `kill -9`.

Each child is signalled by the kernel when the runner dies. All of them, and whatever they start, carry the
runner's identity in their environment: by it the runner finds them, and a later run knows a leftover.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from dev.errors import LauncherError
from dev.processes import ProcessId, end_all, every_pid, start_tethered, wait_until
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


class Children:
    def __init__(self, *, environment: Mapping[str, str], state_folder: Path) -> None:
        self._mark = mark(state_folder)
        self._environment = {**environment, MARK: self._mark}
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
        while (members := self._members()) and monotonic() < deadline:
            # Asked again and again, because granian's worker is deaf to it while it loads the application.
            for process in members:
                process.send(signal.SIGTERM)
            wait_until(lambda: not self._members(), seconds=0.5)
        end_all(self._members(), signals=[signal.SIGKILL], seconds=5)

    def _members(self) -> list[ProcessId]:
        """Every process of ours, whoever of our children started it, and whether or not that child lives."""
        return [process for process, text in marked() if text == self._mark]


@contextmanager
def children(*, environment: Mapping[str, str], state_folder: Path) -> Iterator[Children]:
    family = Children(environment=environment, state_folder=state_folder)
    try:
        yield family
    finally:
        family.stop()


def mark(state_folder: Path) -> str:
    runner = ProcessId.of(os.getpid())
    assert runner is not None
    return f"{runner.pid},{runner.started},{state_folder}"


def marked() -> Iterator[tuple[ProcessId, str]]:
    """Every process that some runner started, with its mark."""
    for pid in every_pid():
        try:
            variables = os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes()).split("\0")
        except OSError:
            continue
        for variable in variables:
            name, _, text = variable.partition("=")
            process = ProcessId.of(pid) if name == MARK else None
            if process is not None:
                yield process, text


def leftovers(state_folder: Path) -> list[ProcessId]:
    """Processes that a runner on this state directory started, and that have outlived it."""
    found = []
    for process, text in marked():
        pid, started, folder = text.split(",", maxsplit=2)
        runner = ProcessId(pid=int(pid), started=int(started))
        if folder == str(state_folder) and not runner.is_alive():
            found.append(process)
    return found
