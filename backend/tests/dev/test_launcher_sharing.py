"""Many processes share one server; whoever of them is killed, no commit and no process is left over."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from dev.processes import wait_until
from dev.state import Server, State
from tests.dev.starter import Starter
from tests.dev.traces import processes_left


def server_of(state_dir: Path) -> Server:
    server = State(folder=state_dir).server()
    assert server is not None
    return server


def commit_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (42)")


def kept_row(url: str) -> tuple[int, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT n FROM kept").fetchone()


def kept_row_when_up(url: str) -> tuple[int, ...] | None:
    """The row, as soon as the restarted server answers."""
    rows: list[tuple[int, ...] | None] = []

    def read() -> bool:
        try:
            rows.append(kept_row(url))
        except psycopg.OperationalError:
            return False
        return True

    assert wait_until(read, seconds=20)
    return rows[0]


def test_a_second_starter_joins_the_same_server(state_dir: Path) -> None:
    starters = [Starter(state_dir) for _ in range(4)]
    assert len({starter.url() for starter in starters}) == 1
    for starter in starters[:3]:
        starter.leave()
    # The last one still has its server, long after the others have gone.
    assert not wait_until(lambda: not server_of(state_dir).postmaster.is_alive(), seconds=4)
    starters[3].leave()


def test_a_starter_killed_leaves_no_server_and_loses_no_commit(state_dir: Path) -> None:
    starter = Starter(state_dir)
    commit_a_row(starter.url())
    starter.kill()
    assert not processes_left(state_dir, seconds=8)
    again = Starter(state_dir)
    assert kept_row(again.url()) == (42,)
    again.leave()


def test_a_starter_killed_while_the_cluster_is_made_leaves_nothing_half_made(state_dir: Path) -> None:
    starter = Starter(state_dir)
    assert wait_until(lambda: any(state_dir.glob("postgres.new-*")), seconds=10, poll_seconds=0.001)
    starter.kill()
    for pid in processes_left(state_dir, seconds=0):
        os.kill(pid, signal.SIGKILL)
    assert not (state_dir / "postgres").exists()
    again = Starter(state_dir)
    commit_a_row(again.url())
    again.leave()
    assert not list(state_dir.glob("postgres.new-*"))


def test_a_user_who_comes_while_the_server_stops_gets_another(state_dir: Path) -> None:
    starter = Starter(state_dir)
    commit_a_row(starter.url())
    supervisor = server_of(state_dir).supervisor
    starter.leave()
    # SIGTERM skips the grace, so the newcomer meets the server at some point of its shutdown.
    supervisor.send(signal.SIGTERM)
    newcomer = Starter(state_dir)
    assert kept_row(newcomer.url()) == (42,)
    newcomer.leave()


def test_a_supervisor_asked_to_stop_keeps_the_server_while_it_is_used(state_dir: Path) -> None:
    starter = Starter(state_dir)
    commit_a_row(starter.url())
    server_of(state_dir).supervisor.send(signal.SIGTERM)
    assert not wait_until(lambda: not server_of(state_dir).postmaster.is_alive(), seconds=1)
    starter.leave()


def test_after_a_supervisor_was_killed_the_next_starter_recovers_on_the_same_url(state_dir: Path) -> None:
    starter = Starter(state_dir)
    url = starter.url()
    commit_a_row(url)
    server_of(state_dir).supervisor.send(signal.SIGKILL)
    next_starter = Starter(state_dir)
    assert next_starter.url() == url
    assert kept_row(url) == (42,)
    starter.leave()
    next_starter.leave()


def test_a_killed_postmaster_is_restarted_with_every_commit(state_dir: Path) -> None:
    starter = Starter(state_dir)
    url = starter.url()
    # A backend in a long query notices its postmaster's death late, and must be waited for.
    with psycopg.connect(url, autocommit=True) as busy:
        commit_a_row(url)
        former = server_of(state_dir).postmaster
        former.send(signal.SIGKILL)
        assert kept_row_when_up(url) == (42,)
        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT 1")
    joined = Starter(state_dir)
    assert joined.url() == url
    assert server_of(state_dir).postmaster != former
    starter.leave()
    joined.leave()
