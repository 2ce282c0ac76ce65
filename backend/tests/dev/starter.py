"""Stands for whoever needs the embedded server: a process that joins it and stays until told to leave."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from dev.postgres import LauncherError, join_server
try:
    print(join_server(), flush=True)
except LauncherError as error:
    sys.exit(str(error))
sys.stdin.read()
"""


class Starter:
    def __init__(
        self,
        state_dir: Path,
        *,
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
        uid: int | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [python, "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=BACKEND,
            env={**os.environ, "IGNY8_STATE_DIR": str(state_dir), **(environment or {})},
            text=True,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )

    def url(self) -> str:
        """The URL, once the server answers; fails with what the starter said when there is none."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            raise AssertionError(f"the starter gave up: {self.process.communicate()[1]}")
        return line

    def leave(self) -> str:
        """Exit in order; returns what was printed on standard error."""
        return self.process.communicate()[1]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
