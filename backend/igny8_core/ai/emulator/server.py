"""Serve the emulator: in this process until it is told to stop, or in a child for as long as a block runs."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from igny8_core.ai.emulator.app import EmulatorApp

LOOPBACK = "127.0.0.1"
BACKLOG = 1024
IMPORT_ROOT = Path(__file__).parents[3]


def serve(
    *, host: str = LOOPBACK, port: int = 0, ready: Callable[[str], None], with_parent: bool = False
) -> None:
    """Serve until SIGTERM or SIGINT, which end the process with exit code 0.

    `ready` is called with the base URL once connections are accepted.
    Port 0 takes a free one. With `with_parent` it also stops when standard input ends, as it does when the
    process at its other end dies, however it dies. Raises OSError when the port is taken.
    """
    with _reserved(host, port) as taken_port:
        asyncio.run(_serve(host=host, port=taken_port, ready=ready, with_parent=with_parent))


@contextmanager
def running_emulator() -> Iterator[str]:
    """An emulator in a child process, on a free port of the loopback; yields its base URL."""
    paths = [str(IMPORT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(
        [sys.executable, "-m", "igny8_core.ai.emulator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        # Its own group: a Ctrl-C at the terminal stops the tests, which then stop it, in that order.
        start_new_session=True,
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            url = child.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"the emulator ended with exit code {child.wait()} before it served")
            yield url
        finally:
            child.stdin.close()


async def _serve(*, host: str, port: int, ready: Callable[[str], None], with_parent: bool) -> None:
    loop = asyncio.get_running_loop()
    server = Server(
        EmulatorApp(),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
    )
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), stop.set)
    serving = asyncio.create_task(server.serve())
    announcement = asyncio.create_task(_announce(host=host, port=port, ready=ready))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    announcement.cancel()
    if serving.done():
        await serving
        raise RuntimeError("the emulator's server ended unasked")
    # Granian would wait for answers under way, however long their scripted delay; and its threads abort the
    # process, sometimes, when they find the interpreter gone. There is nothing to save.
    sys.stdout.flush()
    os._exit(0)


async def _announce(*, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Granian does not tell when it listens, so ask until it answers."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        return


@contextmanager
def _reserved(host: str, port: int) -> Iterator[int]:
    """Keep a port for granian, which opens it with SO_REUSEPORT and so would share it unasked."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # What a server that is merely restarted needs; it does not hide one that listens.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen()
        taken_port: int = probe.getsockname()[1]
    with socket.socket(family) as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind((host, taken_port))
        yield taken_port
