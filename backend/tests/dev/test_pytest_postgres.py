"""The pytest plugin gives each session a server, and each xdist worker a database, before any settings are read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dev.starter import BACKEND
from tests.dev.traces import processes_left

INNER = """
import os, psycopg, pytest

@pytest.mark.parametrize("n", range(4))
def test_database(n):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        name, = connection.execute("SELECT current_database()").fetchone()
    with open("names", "a") as names:
        print(name, file=names)

def test_ended():
    {ending}
"""


def run_pytest(folder: Path, *options: str, ending: str = "pass") -> subprocess.CompletedProcess[str]:
    (folder / "test_inner.py").write_text(INNER.format(ending=ending))
    plugins = ["-p", "dev.pytest_postgres", "-p", "no:django", "-p", "no:randomly", "-p", "no:cacheprovider"]
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DATABASE_URL"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "--rootdir", str(folder), "-q", *options, "test_inner.py"],
        cwd=folder,
        env=variables
        | {
            "PYTHONPATH": os.pathsep.join([str(BACKEND), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "TMPDIR": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def names(folder: Path) -> set[str]:
    return set((folder / "names").read_text().split())


def assert_nothing_left(folder: Path) -> None:
    assert not processes_left(folder, seconds=5)
    assert not list(folder.glob("igny8-*"))


def test_a_session_has_a_server_of_its_own(open_folder: Path) -> None:
    assert run_pytest(open_folder).returncode == 0
    assert names(open_folder) == {"igny8"}
    assert_nothing_left(open_folder)


def test_each_worker_has_a_database_of_its_own(open_folder: Path) -> None:
    assert run_pytest(open_folder, "-n", "2").returncode == 0
    assert names(open_folder) == {"igny8_gw0", "igny8_gw1"}
    assert_nothing_left(open_folder)


@pytest.mark.parametrize(("ending", "code"), [("assert False", 1), ("raise KeyboardInterrupt", 2)])
def test_the_server_is_stopped_after_a_failure_and_after_ctrl_c(
    open_folder: Path, ending: str, code: int
) -> None:
    assert run_pytest(open_folder, ending=ending).returncode == code
    assert names(open_folder) == {"igny8"}
    assert_nothing_left(open_folder)


def test_collecting_starts_no_server(open_folder: Path) -> None:
    assert run_pytest(open_folder, "--collect-only").returncode == 0
    assert not (open_folder / "names").exists()
    assert_nothing_left(open_folder)
