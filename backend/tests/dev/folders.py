"""Folders for tests that start servers."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_open_to_all() -> Iterator[Path]:
    """A folder that every user can enter, unlike tmp_path, whose parents are closed."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
