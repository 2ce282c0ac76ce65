"""The launcher works for root, who must not run PostgreSQL, and for everybody else."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from dev.state import State
from tests.dev.starter import BACKEND, Starter

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process as another user")


def python_for_nobody() -> str:
    """A Python that user nobody may run, with the launcher and the binaries in its reach; skips without one."""
    check = (
        "import sys, dev.postgres; from dev.binaries import find_binaries as f; open(f().folder / 'postgres')"
    )
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            answer = subprocess.run(
                [python, "-c", f"{check}; assert sys.version_info >= (3, 11)"],
                user=NOBODY,
                group=NOBODY,
                extra_groups=[],
                cwd="/",
                env=os.environ | reach(),
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if answer.returncode == 0:
            return python
    pytest.skip("no Python >= 3.11, or not this clone, is open to user nobody")


def reach() -> dict[str, str]:
    packages = str(Path(psycopg.__file__).parents[1])
    return {"PYTHONPATH": os.pathsep.join([str(BACKEND), packages])}


def owner_of_postmaster(state_dir: Path) -> int:
    server = State(folder=state_dir).server()
    assert server is not None
    return Path(f"/proc/{server.postmaster.pid}").stat().st_uid


@needs_root
def test_root_runs_postgres_as_nobody_and_changes_no_folder(state_dir: Path) -> None:
    before = state_dir.parent.stat()
    starter = Starter(state_dir)
    starter.url()
    assert owner_of_postmaster(state_dir) == pwd.getpwnam("nobody").pw_uid
    after = state_dir.parent.stat()
    assert (before.st_mode, before.st_uid) == (after.st_mode, after.st_uid)
    starter.leave()


@needs_root
def test_a_user_who_is_not_root_runs_postgres_as_himself(state_dir: Path) -> None:
    python = python_for_nobody()
    state_dir.mkdir()
    os.chown(state_dir, NOBODY, NOBODY)
    starter = Starter(state_dir, python=python, uid=NOBODY, environment=reach())
    with psycopg.connect(starter.url()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("igny8",)
    assert owner_of_postmaster(state_dir) == NOBODY
    starter.leave()


@needs_root
def test_root_and_the_owner_of_the_state_directory_share_one_server(state_dir: Path) -> None:
    python = python_for_nobody()
    state_dir.mkdir()
    os.chown(state_dir, NOBODY, NOBODY)
    first = Starter(state_dir)
    second = Starter(state_dir, python=python, uid=NOBODY, environment=reach())
    assert first.url() == second.url()
    first.leave()
    second.leave()


@pytest.mark.skipif(os.geteuid() == 0, reason="root is covered above; this is the plain case")
def test_whoever_is_not_root_runs_postgres_as_himself(state_dir: Path) -> None:
    starter = Starter(state_dir)
    starter.url()
    assert owner_of_postmaster(state_dir) == os.geteuid()
    starter.leave()
