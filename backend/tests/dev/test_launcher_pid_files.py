"""A postmaster.pid is never believed, whatever it says: what counts is who works in the data directory."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dev.postgres import ThrowawayServer, throwaway_server
from tests.dev.starter import Starter
from tests.dev.traces import hurry, processes_left


@pytest.fixture
def stranger() -> Iterator[int]:
    """A live process that has nothing to do with PostgreSQL, of the user who runs it where that is possible."""
    nobody = 65534 if os.geteuid() == 0 else None
    process = subprocess.Popen(["sleep", "60"], user=nobody, cwd="/")
    yield process.pid
    assert process.poll() is None, "the launcher ended a process that is not its own"
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[ThrowawayServer]:
    """Started by the same code as the embedded server."""
    with throwaway_server() as server:
        yield server


@pytest.mark.parametrize("kind", ["stale", "truncated", "empty", "garbage", "foreign"])
def test_a_pid_file_that_lies_does_not_prevent_the_start(
    server: ThrowawayServer, stranger: int, kind: str
) -> None:
    pid_file = server.data / "postmaster.pid"
    whole = pid_file.read_text()
    lies = {
        "stale": whole,
        "truncated": whole[:3],
        "empty": "",
        "garbage": "not a number\n\0\xff",
        "foreign": "\n".join([str(stranger), *whole.splitlines()[1:]]) + "\n",
    }
    server.stop()
    pid_file.write_text(lies[kind])
    server.start()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_embedded_server_starts_over_a_foreign_pid_file(state_dir: Path, stranger: int) -> None:
    starter = Starter(state_dir)
    starter.url()
    pid_file = state_dir / "postgres" / "postmaster.pid"
    whole = pid_file.read_text()
    starter.leave()
    hurry(state_dir)
    assert not processes_left(state_dir, seconds=8)
    pid_file.write_text("\n".join([str(stranger), *whole.splitlines()[1:]]) + "\n")
    again = Starter(state_dir)
    again.url()
    again.leave()
