"""The product, served for as long as a block runs: for the browser tests, and for the pictures."""

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic, sleep

from dev.children import BACKEND
from dev.errors import LauncherError
from dev.ports import HOST, claim_next_port
from dev.processes import start_tethered
from dev.run import PRODUCT, READY_SECONDS, granian, is_healthy

FIRST_PORT = 18_400


@contextmanager
def serving(*, environment: Mapping[str, str], application: str = PRODUCT, workers: int = 1) -> Iterator[str]:
    """Yields the URL, on a free port of the loopback. Raises LauncherError where the server does not answer, with
    what it said."""
    claim = claim_next_port(FIRST_PORT)
    with tempfile.TemporaryFile() as output:
        process = start_tethered(
            granian(claim.port, application=application, workers=workers),
            parent_death_signal=signal.SIGTERM,
            environment={**environment, "PYTHONPATH": str(BACKEND)},
            output=output,
            folder=BACKEND,
        )
        try:
            deadline = monotonic() + READY_SECONDS
            while not is_healthy(claim.port):
                if process.poll() is not None or monotonic() > deadline:
                    output.seek(0)
                    raise LauncherError("the server did not answer: " + output.read().decode())
                sleep(0.05)
            yield f"http://{HOST}:{claim.port}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
            claim.release()
