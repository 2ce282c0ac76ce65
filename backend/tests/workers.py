"""Worker processes: Django set up in each, a function of the tests run in each, ended in order or by SIGKILL.

    with start_workers(call_often, [{"count": 10}] * 8) as workers:
        for worker in workers:
            worker.go()
        reports = [worker.finish(seconds=60) for worker in workers]

A worker writes each report with one `write`, so what it has reported is there even if it is killed just after.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

BACKEND = Path(__file__).resolve().parents[1]
READY_SECONDS = 60.0
READY = b"ready\n"


class Job:
    """A worker's side: what it was given, how it reports, and whether it should come to an end."""

    def __init__(self, arguments: dict[str, Any], reports: Path) -> None:
        self.arguments = arguments
        self.stopping = threading.Event()
        self._reports = os.open(reports, os.O_WRONLY | os.O_APPEND)

    def report(self, value: Any) -> None:
        """Hands over a JSON value; Decimals and UUIDs become strings."""
        os.write(self._reports, json.dumps(value, default=str).encode() + b"\n")


Task = Callable[[Job], None]


class Worker:
    """The test's side of one process. It runs nothing before `go`, so that several begin together."""

    def __init__(
        self, task: Task, arguments: Mapping[str, Any], *, settings: Mapping[str, Any], database_url: str
    ) -> None:
        descriptor, name = tempfile.mkstemp(prefix="igny8-worker-")
        os.close(descriptor)
        self._reports = Path(name)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=BACKEND,
            env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": str(BACKEND)},
        )
        order = {
            "task": f"{task.__module__}:{task.__name__}",
            "arguments": arguments,
            "settings": settings,
            "reports": name,
        }
        self._tell(json.dumps(order))

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> None:
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], READY_SECONDS)
        if not readable or self._process.stdout.readline() != READY:
            raise AssertionError(f"worker {self.pid} did not become ready in {READY_SECONDS:g} s")

    def go(self) -> None:
        self._tell("go")

    def stop(self) -> None:
        """Asks the task to come to its end: sets `job.stopping`."""
        self._tell("stop")

    def kill(self) -> None:
        """SIGKILL, and waits until the process is gone."""
        self._process.kill()
        self._process.wait()

    def finish(self, *, seconds: float) -> list[Any]:
        """Waits for the task's end and returns all its reports. Fails where the worker did not end well."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"worker {self.pid} was still running after {seconds:g} s") from None
        if code != 0:
            raise AssertionError(f"worker {self.pid} ended with exit code {code}")
        return self.reports()

    def reports(self) -> list[Any]:
        """All whole reports so far."""
        whole, _, _ = self._reports.read_bytes().rpartition(b"\n")
        return [json.loads(line) for line in whole.split(b"\n") if line]

    def remove(self) -> None:
        if self._process.poll() is None:
            self.kill()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._reports.unlink()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        # Unbuffered, so that an instruction to a worker that was killed fails here and not at its end.
        os.write(self._process.stdin.fileno(), line.encode() + b"\n")


@contextmanager
def start_workers(
    task: Task,
    arguments: Sequence[Mapping[str, Any]],
    *,
    settings: Mapping[str, Any] | None = None,
    database_url: str | None = None,
) -> Iterator[list[Worker]]:
    """One worker for each of `arguments`, all ready; whatever still runs at the end is killed.

    `settings` are Django settings that these processes have besides the project's.
    """
    started: list[Worker] = []
    url = database_url or os.environ["DATABASE_URL"]
    try:
        for each in arguments:
            started.append(Worker(task, each, settings=settings or {}, database_url=url))
        for worker in started:
            worker.wait_ready()
        yield started
    finally:
        for worker in started:
            worker.remove()


def run_workers(
    task: Task,
    arguments: Sequence[Mapping[str, Any]],
    *,
    seconds: float,
    settings: Mapping[str, Any] | None = None,
    database_url: str | None = None,
) -> list[list[Any]]:
    """Each worker's reports, after all have begun together and ended within `seconds`."""
    with start_workers(task, arguments, settings=settings, database_url=database_url) as workers:
        for worker in workers:
            worker.go()
        return [worker.finish(seconds=seconds) for worker in workers]


def main() -> None:
    order = json.loads(_next_line())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
    import django
    from django.conf import settings

    django.setup()
    for name, value in order["settings"].items():
        setattr(settings, name, value)
    from igny8_core.business import postgres

    module, _, function = order["task"].partition(":")
    task: Task = getattr(import_module(module), function)
    job = Job(order["arguments"], Path(order["reports"]))
    os.write(1, READY)
    if _next_line() != b"go":
        return
    threading.Thread(target=_listen, args=[job], daemon=True).start()
    task(job)
    postgres.close()


def _listen(job: Job) -> None:
    if _next_line() == b"stop":
        job.stopping.set()
        _next_line()
    # The test is gone, however it ended; nobody waits for this worker.
    os._exit(1)


def _next_line() -> bytes:
    """Read byte by byte: a thread inside a buffered read would abort the interpreter when it ends."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line


if __name__ == "__main__":
    main()
