"""Stands for the person who types `make run`."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from dev.processes import wait_until
from tests.dev.starter import BACKEND

FOREIGN = ("DATABASE_URL", "PORT", "DJANGO_SETTINGS_MODULE", "IGNY8_EMULATOR_URL")
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "RUNWARE_API_KEY")
READY_SECONDS = 60


class Runner:
    def __init__(
        self, state_dir: Path, *, port: int | str, environment: Mapping[str, str] | None = None
    ) -> None:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in (*FOREIGN, *KEYS) and not name.startswith(("PYTEST", "COV"))
        }
        self.started = time.monotonic()
        state_dir.mkdir(parents=True, exist_ok=True)
        self._output = Path(tempfile.mkdtemp(prefix="runner-", dir=state_dir))
        with (
            (self._output / "said").open("wb") as said,
            (self._output / "complained").open("wb") as complained,
        ):
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dev.run"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                cwd=BACKEND,
                env=inherited
                | {"IGNY8_STATE_DIR": str(state_dir), "PORT": str(port)}
                | dict(environment or {}),
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return (self._output / "said").read_text()

    @property
    def complained(self) -> str:
        return (self._output / "complained").read_text()

    @property
    def is_ready(self) -> bool:
        return "igny8 is ready." in self.said

    def wait_until_ready(self) -> float:
        """Seconds since the start; fails with what was said when it gave up."""
        wait_until(lambda: self.is_ready or self.process.poll() is not None, seconds=READY_SECONDS)
        assert self.is_ready, self.said + self.complained
        return time.monotonic() - self.started

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal and return the exit code; the runner must be done within its deadline."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def database_url(state_dir: Path) -> str:
    url = json.loads((state_dir / "server.json").read_text())["url"]
    assert isinstance(url, str)
    return url


def free_port(seed: random.Random) -> int:
    """One below those that the kernel hands out, with a free one above it."""
    while True:
        port = seed.randrange(20000, 30000)
        if all(is_free(candidate) for candidate in (port, port + 1)):
            return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
