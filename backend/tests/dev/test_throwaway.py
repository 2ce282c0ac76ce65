"""A server to throw away can be crashed and started again, and leaves nothing."""

from pathlib import Path

import psycopg
import pytest

from dev.postgres import LauncherError, throwaway_server
from dev.processes import postgres_processes_in


def test_it_keeps_every_commit_over_a_crash_and_removes_all_in_the_end(open_folder: Path) -> None:
    with throwaway_server(parent=open_folder) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (42)")
        url, former = server.url, server.pid
        server.kill()
        assert postgres_processes_in(server.data) == []
        with pytest.raises(LauncherError, match="not running"):
            _ = server.pid
        server.start()
        assert server.url == url
        assert server.pid != former
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (42,)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
    assert list(open_folder.iterdir()) == []


def test_two_at_once_do_not_meet(open_folder: Path) -> None:
    with throwaway_server(parent=open_folder) as one, throwaway_server(parent=open_folder) as other:
        assert one.url != other.url
        with psycopg.connect(one.url) as connection:
            connection.execute("CREATE TABLE mine (n int)")
        with psycopg.connect(other.url) as connection:
            assert connection.execute("SELECT to_regclass('mine')").fetchone() == (None,)


def test_what_a_killed_session_left_is_removed_by_the_next(open_folder: Path) -> None:
    abandoned = open_folder / "igny8-throwaway-abandoned"
    abandoned.mkdir()
    (abandoned / "lock").touch()
    with throwaway_server(parent=open_folder):
        assert not abandoned.exists()
