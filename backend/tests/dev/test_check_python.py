"""Before anything is installed, a Python that cannot do it is named in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev import check_python

SCRIPT = check_python.__file__


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_named_with_the_package_that_brings_it(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("raise ImportError('No module named venv')")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.endswith(
        " lacks venv or ensurepip; on Debian and Ubuntu: apt-get install python3-venv\n"
    )
    assert len(done.stderr.splitlines()) == 1


def test_an_old_python_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_python.sys, "version_info", (3, 9, 2))
    assert check_python.complaint() == f"igny8 needs Python 3.11 or later; {sys.executable} is Python 3.9."


def test_a_good_python_is_passed_over_in_silence() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
