"""Where the binaries and the data lie, so that the user PostgreSQL runs as can reach both."""

import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from dev.binaries import Binaries, find_binaries
from dev.errors import LauncherError
from dev.os_user import OsUser, postgres_user

REFUGES = Path("/var/tmp")


@dataclass(frozen=True, slots=True)
class Place:
    binaries: Binaries
    data: Path
    user: OsUser | None
    note: str = ""
    """What the person must be told, in one line."""


def find_place(*, state_dir: Path) -> Place:
    """The place for a server that keeps its state here; `/var/tmp` where a closed folder bars user nobody."""
    data = state_dir / "postgres"
    user = postgres_user(data=data)
    binaries = find_binaries()
    if user is None:
        return Place(binaries=binaries, data=data, user=None)
    notes = []
    reachable = open_binaries(binaries, user=user, state_dir=state_dir)
    if reachable is not binaries:
        notes.append(
            f"{binaries.folder} is closed to user {user.name}: PostgreSQL runs from {reachable.folder}"
        )
    refuge = refuge_path(state_dir)
    # Data that once went to the refuge stays in use when the folder is opened later.
    if not user.can_enter(state_dir) or (refuge / "postgres").exists():
        if data.exists():
            raise LauncherError(
                f"{data} holds data, but user {user.name}, whom PostgreSQL runs as, cannot reach it; "
                "open the folders above it, or set IGNY8_STATE_DIR to another place."
            )
        data = refuge_for(state_dir) / "postgres"
        notes.append(f"{state_dir} is closed to user {user.name}: PostgreSQL keeps its data in {data}")
    return Place(binaries=reachable, data=data, user=user, note="; ".join(notes))


def open_binaries(binaries: Binaries, *, user: OsUser | None, state_dir: Path) -> Binaries:
    """The same binaries where this user can run them: a copy when they lie in a closed folder."""
    if user is None or user.can_enter(binaries.folder / "postgres"):
        return binaries
    if binaries.wheel is None:
        raise LauncherError(f"IGNY8_POSTGRES is {binaries.folder}, which is closed to user {user.name}.")
    prefix = binaries.folder.parent
    built = (binaries.folder / "postgres").stat()
    refuge = refuge_for(state_dir)
    copy = refuge / f"postgresql-{binaries.major}-{built.st_mtime_ns:x}-{built.st_size:x}"
    if not copy.exists():
        # Copied aside and renamed, so that no other starter sees half of it.
        aside = Path(tempfile.mkdtemp(prefix="copy-", dir=refuge))
        try:
            shutil.copytree(prefix, aside / binaries.wheel.name / prefix.name, symlinks=True)
            libraries = binaries.wheel.with_name(f"{binaries.wheel.name}.libs")
            if libraries.exists():  # which PostgreSQL 16's programs find relative to themselves
                shutil.copytree(libraries, aside / libraries.name, symlinks=True)
            aside.chmod(0o755)
            aside.rename(copy)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not copy.exists():
                raise LauncherError(f"cannot copy PostgreSQL to {copy}: {error}") from error
    return replace(binaries, folder=copy / binaries.wheel.name / prefix.name / "bin")


def refuge_for(state_dir: Path) -> Path:
    """The folder under `/var/tmp` that stands in for a closed state directory; made when missing."""
    refuge = refuge_path(state_dir)
    refuge.mkdir(mode=0o711, exist_ok=True)
    status = refuge.lstat()
    # Anyone may create a name in /var/tmp, so one that exists must be a real folder of ours.
    if refuge.is_symlink() or not refuge.is_dir() or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise LauncherError(
            f"{refuge} exists and is not ours: remove it, or set IGNY8_STATE_DIR to another place."
        )
    return refuge


def refuge_path(state_dir: Path) -> Path:
    return REFUGES / f"igny8-{sha256(os.fsencode(state_dir)).hexdigest()[:12]}"
