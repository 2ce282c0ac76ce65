"""`manage.py emulate_providers`, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import urllib3

from igny8_core.ai.emulator.server import IMPORT_ROOT, running_emulator
from tests.ai.emulator.conftest import QUESTION, Wire

MANAGE = """
import sys, django
from django.conf import settings
from django.core.management import execute_from_command_line
settings.configure(DEBUG=sys.argv.pop() == "debug", INSTALLED_APPS=["igny8_core.modules.emulator"])
django.setup()
execute_from_command_line(sys.argv)
"""


@contextmanager
def command(*arguments: str, mode: str = "debug") -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", MANAGE, "emulate_providers", *arguments, mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(IMPORT_ROOT)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def served_at(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    before, _, url = process.stdout.readline().strip().rpartition(" ")
    assert before == "Provider emulator serving at"
    return url


def answers_at(address: tuple[str, int]) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(address) == 0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(ending: signal.Signals) -> None:
    with command("--port", "0") as process:
        url = served_at(process)
        assert urllib3.request("GET", f"{url}/healthz").json() == {"status": "ok"}
        process.send_signal(ending)
        assert process.communicate(timeout=5) == ("", "")
        assert process.returncode == 0


def test_it_does_not_wait_for_a_delayed_answer_when_told_to_stop() -> None:
    with command("--port", "0") as process:
        wire = Wire(f"{served_at(process)}/v1")
        with ThreadPoolExecutor() as pool:
            held = pool.submit(wire.post, "/chat/completions", QUESTION, x_emulate='{"delay_ms": 60000}')
            time.sleep(0.3)
            process.terminate()
            assert process.wait(timeout=5) == 0
            with pytest.raises(urllib3.exceptions.ProtocolError):
                held.result(timeout=5)


def test_it_refuses_to_start_when_debug_is_off() -> None:
    with command("--port", "0", mode="production") as process:
        assert process.communicate(timeout=10) == (
            "",
            "CommandError: The provider emulator runs in development only: "
            "it does not start when DEBUG is off.\n",
        )
        assert process.returncode == 1


def test_it_refuses_a_port_that_is_taken() -> None:
    with running_emulator() as url:
        port = url.rpartition(":")[2]
        with command("--port", port) as process:
            _, error = process.communicate(timeout=10)
        assert error == (
            f"CommandError: The provider emulator cannot listen on 127.0.0.1:{port}: "
            "Address already in use.\n"
        )
        assert process.returncode == 1


def test_the_child_of_a_test_run_ends_with_it_however_it_ends() -> None:
    script = (
        "import time\n"
        "from igny8_core.ai.emulator.server import running_emulator\n"
        "with running_emulator() as url:\n"
        "    print(url, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(IMPORT_ROOT)},
    ) as run:
        assert run.stdout is not None
        url = run.stdout.readline().strip()
        assert urllib3.request("GET", f"{url}/healthz").status == 200
        run.kill()
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    deadline = time.monotonic() + 5
    while answers_at(address) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers_at(address)
