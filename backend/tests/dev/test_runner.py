"""`make run`: however it is stopped or killed, nothing is left running and no commit is lost."""

import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from dev.children import STOP_SECONDS
from dev.postgres import throwaway_server
from dev.processes import ProcessId, wait_until
from dev.state import REPOSITORY, State
from tests.dev.folders import folder_open_to_all
from tests.dev.runner import FOREIGN, Runner, database_url, free_port
from tests.dev.traces import processes_left, processes_of

KILLS = int(os.environ.get("IGNY8_SOAK") or 10)
SOAK_KILLS = 200
SEED = 8
# Somewhat longer than a warm start, so that random moments fall before and after "ready".
LONG_SECONDS = 3.5
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A state directory that was in use before, as a developer's is: with data, and a commit to lose."""
    with folder_open_to_all() as folder:
        runner = Runner(folder, port=free_port(random.Random()))
        runner.wait_until_ready()
        with psycopg.connect(database_url(folder)) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (42)")
        assert runner.end() == 0
        yield folder
        assert not processes_left(folder, seconds=15)


@pytest.fixture
def port(home: Path) -> Iterator[int]:
    """A free port; when the test is done, nothing of its runs may be left."""
    yield free_port(random.Random())
    left = processes_left(home, seconds=15)
    for pid in processes_of(home):
        os.kill(pid, signal.SIGKILL)
    assert not left


def get(port: int, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def assert_recovers(home: Path, port: int) -> None:
    """The next run serves on the same port, and what was committed is there."""
    runner = Runner(home, port=port)
    runner.wait_until_ready()
    assert get(port, "/healthz") == 200
    with psycopg.connect(database_url(home)) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (42,)
    assert runner.end() == 0


def test_a_warm_start_serves_within_ten_seconds_and_says_where(home: Path, port: int) -> None:
    runner = Runner(home, port=port)
    assert runner.wait_until_ready() < 10
    assert get(port, "/healthz") == 200
    for expected in (
        f"http://127.0.0.1:{port}/admin/",
        "Login ",
        "API key ",
        f"http://127.0.0.1:{port + 1}/",
    ):
        assert expected in runner.said
    assert runner.end() == 0
    # At once: the run ends after its children and the database have.
    assert processes_of(home) == {}


def test_every_address_it_prints_answers(home: Path, port: int) -> None:
    runner = Runner(home, port=port)
    runner.wait_until_ready()
    key = re.findall(r"API key\s+(\S+)", runner.said)[0]
    addresses = set(re.findall(r"http://127\.0\.0\.1:(\d+)(/\S*)", runner.said))
    assert len(addresses) == 5
    for address_port, path in addresses:
        status = get(int(address_port), path, Authorization=f"Bearer {key}")
        assert status in (200, 302), (path, status)
    assert runner.end() == 0


def test_the_two_lines_it_prints_work_as_pasted(home: Path, port: int) -> None:
    runner = Runner(home, port=port)
    runner.wait_until_ready()
    # The interpreter of this test run, which may lie elsewhere than in .venv.
    lines = [line.replace(".venv/bin/python", sys.executable) for line in runner.said.splitlines()]
    (listing,) = [line for line in lines if line.startswith("curl ")]
    (call,) = [line for line in lines if line.startswith("IGNY8_EMULATOR_URL=")]
    assert '"success":true' in paste(listing, home)
    *content, cost, charged = paste(call, home).split()
    assert content
    assert Decimal(cost) > 0
    assert Decimal(charged) > 0
    assert runner.end() == 0


def paste(line: str, home: Path) -> str:
    """What the line prints in a shell at the repository root."""
    variables = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    answer = subprocess.run(
        ["bash", "-c", line],
        cwd=REPOSITORY,
        env=variables | {"IGNY8_STATE_DIR": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("moment", [0.2, 0.5, 0.8])
def test_a_signal_at_any_moment_stops_everything(
    home: Path, port: int, number: signal.Signals, moment: float
) -> None:
    seconds = random.Random(f"{SEED} {number} {moment}").uniform(moment - 0.2, moment + 0.2) * LONG_SECONDS
    runner = Runner(home, port=port)
    time.sleep(seconds)
    asked = time.monotonic()
    code = runner.end(number)
    assert time.monotonic() - asked < STOP_SECONDS, "a child had to be killed"
    # Python itself needs a moment before it can listen to signals.
    assert code in ({0} if runner.is_ready else {128 + number, -number}), (seconds, runner.complained)
    assert not processes_left(home, seconds=0 if code >= 0 else 10)


def test_an_impatient_second_ctrl_c_orphans_nothing(home: Path, port: int) -> None:
    runner = Runner(home, port=port)
    runner.wait_until_ready()
    for _ in range(5):
        runner.process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    assert runner.process.wait(timeout=30) == 0
    assert processes_of(home) == {}


@pytest.mark.parametrize("kills", [KILLS, pytest.param(SOAK_KILLS, marks=pytest.mark.soak)])
@pytest.mark.timeout(3600)
def test_killed_at_random_moments_it_leaves_nothing_and_the_next_run_recovers(
    home: Path, port: int, kills: int
) -> None:
    moments = random.Random(SEED)
    for _ in range(kills):
        runner = Runner(home, port=port)
        time.sleep(moments.uniform(0, LONG_SECONDS))
        runner.kill()
    assert not processes_left(home, seconds=15)
    assert_recovers(home, port)


def test_a_run_ends_the_orphaned_workers_of_a_killed_one(home: Path, port: int) -> None:
    runner = Runner(home, port=port)
    runner.wait_until_ready()
    servers = [pid for pid, command in processes_of(home).items() if "granian" in command]
    main = min(servers)
    # The web server's main process first, so that nobody is left to tell its workers.
    os.kill(main, signal.SIGKILL)
    runner.kill()
    assert_recovers(home, port)


def test_a_run_whose_web_server_dies_ends_and_says_so(home: Path, port: int) -> None:
    runner = Runner(home, port=port)
    runner.wait_until_ready()
    main = min(pid for pid, command in processes_of(home).items() if "granian" in command)
    os.kill(main, signal.SIGKILL)
    assert runner.process.wait(timeout=30) == 1
    assert runner.complained.strip().splitlines()[-1] == "The web server was ended by SIGKILL."
    assert processes_of(home) == {}


def test_a_run_brings_back_a_database_whose_supervisor_was_killed(home: Path, port: int) -> None:
    runner = Runner(home, port=port)
    runner.wait_until_ready()
    server = State(folder=home).server()
    assert server is not None
    server.supervisor.send(signal.SIGKILL)

    def is_back() -> bool:
        now = State(folder=home).server()
        return now is not None and now.supervisor != server.supervisor and now.url == server.url

    assert wait_until(is_back, seconds=20)
    assert runner.end() == 0


def test_a_taken_port_is_named_before_anything_starts(home: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        runner = Runner(home, port=port)
        assert runner.process.wait(timeout=10) == 1
    assert runner.complained == (
        f"Port {port} is already taken; stop what listens there, or choose another: PORT={port + 1}.\n"
    )
    assert processes_of(home) == {}


@pytest.mark.parametrize("text", ["eighty", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_named_before_anything_starts(home: Path, port: int, text: str) -> None:
    runner = Runner(home, port=text)
    assert runner.process.wait(timeout=10) == 1
    assert (
        runner.complained == f"PORT is '{text}', which is not a port; it must be a number from 1 to 65535.\n"
    )


def test_a_second_run_on_the_same_port_is_refused_and_the_first_serves_on(home: Path, port: int) -> None:
    first = Runner(home, port=port)
    first.wait_until_ready()
    second = Runner(home, port=port)
    assert second.process.wait(timeout=10) == 1
    assert second.complained.startswith(f"Port {port} is already taken; ")
    assert get(port, "/healthz") == 200
    assert first.end() == 0


def test_two_runs_on_two_ports_share_the_database_and_stop_apart(home: Path, port: int) -> None:
    first, other_port = Runner(home, port=port), port + 2
    second = Runner(home, port=other_port)
    first.wait_until_ready()
    second.wait_until_ready()
    assert first.end() == 0
    assert get(other_port, "/healthz") == 200
    assert second.end() == 0
    assert processes_of(home) == {}


def test_it_uses_the_database_that_it_is_given_and_starts_none(home: Path, port: int) -> None:
    with throwaway_server() as server:
        runner = Runner(home, port=port, environment={"DATABASE_URL": server.url})
        runner.wait_until_ready()
        assert not (home / "server.json").exists()
        with psycopg.connect(server.url) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()
        assert tables is not None
        assert tables[0] > 0
        assert runner.end() == 0
        postmaster = ProcessId.of(server.pid)
        assert postmaster is not None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:s3cr%40t@127.0.0.1:1/x", "cannot be used: connection failed: .*port 1 failed: Connection refused."),
        ("postgresql://u:s3cr%40t@no-host.invalid/x", "cannot be used: failed to resolve host 'no-host.invalid'"),
        ("mysql://u:s3cr%40t@127.0.0.1/x", "is not the address of a PostgreSQL database; it must look like"),
        ("postgresql://u:s3cr%t@127.0.0.1/x", "cannot be read as an address; a special character in the password"),
        ("{server}/absent", 'cannot be used: .*database "absent" does not exist.'),
        ("{stranger}/igny8", 'cannot be used: .*role "stranger" does not exist.'),
    ],
)  # fmt: skip
def test_a_database_that_refuses_is_named_in_one_sentence_without_its_password(
    home: Path, port: int, refusing_server: str, url: str, said: str
) -> None:
    server = refusing_server.rpartition("/")[0]
    stranger = server.replace("igny8@", "stranger:s3cr%40t@", 1)
    runner = Runner(
        home, port=port, environment={"DATABASE_URL": url.format(server=server, stranger=stranger)}
    )
    assert runner.process.wait(timeout=20) == 1
    (sentence,) = runner.complained.splitlines()
    assert sentence.startswith(("The database that DATABASE_URL names ", "DATABASE_URL "))
    assert re.search(said, sentence)
    assert "s3cr" not in sentence
    assert processes_of(home) == {}


@pytest.fixture(scope="module")
def refusing_server() -> Iterator[str]:
    with throwaway_server() as server:
        yield server.url
