"""The launcher starts whatever the person's locale and wherever the clone lies."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psycopg
import pytest

from dev.place import refuge_path
from dev.postgres import ThrowawayServer, throwaway_server
from tests.dev.starter import Starter
from tests.dev.traces import hurry, processes_left


def database_settings(url: str) -> tuple[str, str, str]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_user, current_database(), pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return row


def test_it_starts_with_a_locale_that_was_never_generated(state_dir: Path) -> None:
    locale = dict.fromkeys(["LANG", "LC_ALL", "LC_MESSAGES"], "xx_YY.UTF-8")
    starter = Starter(state_dir, environment=locale)
    assert database_settings(starter.url()) == ("igny8", "igny8", "UTF8")
    starter.leave()


def test_it_starts_below_a_path_with_spaces_and_quotes(state_dir: Path) -> None:
    starter = Starter(state_dir.with_name('a clone\'s "own" folder, ünï'))
    assert database_settings(starter.url()) == ("igny8", "igny8", "UTF8")
    starter.leave()


def test_it_starts_below_a_path_longer_than_a_socket_path_may_be(state_dir: Path) -> None:
    starter = Starter(state_dir / ("long" * 15) / ("path" * 20))
    assert database_settings(starter.url()) == ("igny8", "igny8", "UTF8")
    starter.leave()


@pytest.fixture(scope="module")
def server() -> Iterator[ThrowawayServer]:
    """Configured as the embedded server is, by the same code."""
    with throwaway_server() as server:
        yield server


def test_its_url_means_the_same_to_django_as_to_libpq(server: ThrowawayServer) -> None:
    settings = dj_database_url.parse(server.url)
    meaning = psycopg.conninfo.conninfo_to_dict(server.url)
    assert meaning == {
        "host": settings["HOST"],
        "port": str(settings["PORT"]),
        "user": settings["USER"],
        "dbname": settings["NAME"],
    }


def test_other_users_cannot_reach_its_socket_and_it_does_not_listen_on_tcp(server: ThrowawayServer) -> None:
    socket_dir = Path(dj_database_url.parse(server.url)["HOST"])
    assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_every_commit_is_on_disk_before_it_is_answered(server: ThrowawayServer, setting: str) -> None:
    with psycopg.connect(server.url) as connection:
        assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another user")
def test_below_a_closed_folder_root_keeps_the_data_under_var_tmp_and_says_so(closed_folder: Path) -> None:
    starter = Starter(closed_folder)
    url = starter.url()
    assert database_settings(url) == ("igny8", "igny8", "UTF8")
    said = starter.leave()
    refuge = refuge_path(closed_folder)
    assert said.splitlines() == [
        f"{closed_folder} is closed to user nobody: PostgreSQL keeps its data in {refuge}/postgres"
    ]
    assert stat.S_IMODE(closed_folder.parent.stat().st_mode) == 0o700
    assert (refuge / "postgres" / "PG_VERSION").exists()


def test_a_state_directory_that_cannot_be_made_is_named_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    starter = Starter(tmp_path / "file" / "state")
    said = starter.leave()
    assert starter.process.returncode == 1
    assert said == (
        f"The embedded PostgreSQL cannot keep its state in {tmp_path}/file/state: Not a directory; "
        "set IGNY8_STATE_DIR to a folder that you may write to, or DATABASE_URL to a server of your own.\n"
    )


def test_an_unknown_choice_of_binaries_is_named_in_one_sentence(state_dir: Path) -> None:
    starter = Starter(state_dir, environment={"IGNY8_POSTGRES": "/nowhere"})
    said = starter.leave()
    assert starter.process.returncode == 1
    assert said == (
        "IGNY8_POSTGRES is '/nowhere', which holds no program 'initdb'; "
        'use "16", "18" or a directory such as /usr/lib/postgresql/15/bin.\n'
    )


def test_data_of_another_major_version_is_refused_and_left_alone(state_dir: Path) -> None:
    starter = Starter(state_dir, environment={"IGNY8_POSTGRES": "16"})
    assert database_settings(starter.url()) == ("igny8", "igny8", "UTF8")
    starter.leave()
    hurry(state_dir)
    assert not processes_left(state_dir, seconds=8)
    refused = Starter(state_dir, environment={"IGNY8_POSTGRES": "18"})
    assert refused.leave() == (
        f"{state_dir}/postgres was made by PostgreSQL 16, and IGNY8_POSTGRES chooses 18; "
        "choose 16, or set IGNY8_STATE_DIR to another place.\n"
    )
    assert (state_dir / "postgres" / "PG_VERSION").read_text() == "16\n"
