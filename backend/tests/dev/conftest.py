import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dev.place import refuge_path
from tests.dev.folders import folder_open_to_all
from tests.dev.traces import hurry, processes_left, processes_of


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with folder_open_to_all() as folder:
        yield folder


@pytest.fixture
def state_dir(open_folder: Path) -> Iterator[Path]:
    """A state directory of this test's own. Afterwards every process of it must go by itself."""
    folder = open_folder / "state"
    yield folder
    for server in open_folder.rglob("server.json"):
        hurry(server.parent)
    left = processes_left(open_folder, seconds=10)
    for pid in processes_of(open_folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not left


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder below one that only its owner can enter, as in a clone below /root."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = closed / "clone"
    yield folder
    hurry(folder)
    assert not processes_left(tmp_path, seconds=10)
    shutil.rmtree(refuge_path(folder), ignore_errors=True)
