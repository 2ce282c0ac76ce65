"""The `emulator` fixture: name this module in the `pytest_plugins` of the outermost conftest."""

from collections.abc import Iterator

import pytest

from igny8_core.ai.emulator.client import Emulator
from igny8_core.ai.emulator.server import running_emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulator for the whole run; a test keeps to itself by a name of its own."""
    with running_emulator() as url:
        yield Emulator(url)
