"""What the import contracts cannot see."""

import ast
from pathlib import Path

import pytest

import igny8_core

ROOT = Path(igny8_core.__file__).parent
PYTHON = sorted(ROOT.rglob("*.py"))


def test_every_folder_with_code_is_a_package() -> None:
    # A folder without __init__.py is invisible to the import contracts.
    assert [path.parent for path in PYTHON if not (path.parent / "__init__.py").exists()] == []


def test_no_room_reaches_another_through_the_app_registry() -> None:
    # apps.get_model() is an import that no contract sees; migrations have no other way.
    users = [path for path in PYTHON if "migrations" not in path.parts and ".get_model(" in path.read_text()]
    assert [path.name for path in users] == ["migration_operations.py"]


def test_no_float_comes_near_money() -> None:
    offenders = [
        path
        for path in PYTHON
        if "emulator" not in path.parts
        and any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert offenders == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_holds_one_noun(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400 or "migrations" in path.parts
