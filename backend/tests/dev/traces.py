"""What a server or a runner leaves in the process table."""

import os
import signal
import time
from pathlib import Path

from dev.processes import every_pid
from dev.state import State


def processes_of(state_dir: Path) -> dict[int, str]:
    """Every live process whose command, environment or working directory names this state directory."""
    mark = os.fsencode(state_dir)
    found = {}
    for pid in every_pid():
        if pid == os.getpid():
            continue
        folder = Path(f"/proc/{pid}")
        try:
            if "Z" in (folder / "stat").read_text().rpartition(")")[2].split()[0]:
                continue
            command = (folder / "cmdline").read_bytes()
            texts = (command, (folder / "environ").read_bytes(), os.fsencode((folder / "cwd").readlink()))
        except OSError:
            continue
        if any(mark in text for text in texts):
            found[pid] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def processes_left(state_dir: Path, *, seconds: float) -> dict[int, str]:
    """Those still there when the time is up; none as soon as there are none."""
    deadline = time.monotonic() + seconds
    while (found := processes_of(state_dir)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def hurry(state_dir: Path) -> None:
    """Spare a test the grace that a supervisor gives to users who may come; it minds those who are there."""
    server = State(folder=state_dir).server()
    if server is not None:
        server.supervisor.send(signal.SIGTERM)
