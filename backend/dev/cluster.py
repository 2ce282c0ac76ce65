"""One PostgreSQL cluster: made, started, asked, stopped. Who keeps it running is not decided here."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from dev.errors import LauncherError
from dev.place import Place
from dev.processes import end_all, postgres_processes_in, start_tethered, wait_until

PORT = 5432
ROLE = DATABASE = "igny8"
# Nothing of the person's locale or PG* variables reaches the server.
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "256",  # partitions: a query that spans them locks each
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "cluster_name": "igny8",
}
START_SECONDS = 60.0
LONGEST_PARENT_BYTES = 70


@dataclass(frozen=True, slots=True)
class Cluster:
    place: Place
    socket_dir: Path
    """Short, because a socket's path ends at 107 bytes; mode 0700, because inside it everyone is trusted."""
    log: Path

    @property
    def data(self) -> Path:
        return self.place.data

    @property
    def url(self) -> str:
        """Understood alike by libpq and dj-database-url; the port is named so that PGPORT cannot change it."""
        return f"postgresql://{ROLE}@{quote(str(self.socket_dir), safe='')}:{PORT}/{DATABASE}"


def make_socket_dir(place: Place, *, preferred: Path | None = None) -> Path:
    """A new one in the preferred folder, if paths there are short enough for sockets, or else in /tmp."""
    is_short = preferred is not None and len(os.fsencode(preferred)) < LONGEST_PARENT_BYTES
    parent = preferred if is_short else _short_temporary_folder()
    folder = Path(tempfile.mkdtemp(prefix="igny8-", dir=parent))
    if place.user is not None:
        place.user.own(folder)
    return folder


def _short_temporary_folder() -> str | None:
    return "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else None


def create_cluster(place: Place, *, durable: bool = True) -> None:
    """Make the data directory with its role and database, all or nothing; one that exists is only checked."""
    data = place.data
    if data.exists():
        _check_version(place)
        return
    for leftover in data.parent.glob(f"{data.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{data.name}.new-", dir=data.parent))
    if place.user is not None:
        place.user.own(made)
    locale = ["--encoding=UTF8", "--locale=C"]
    if place.binaries.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options = ["--auth=trust", "--username=postgres"] + ([] if durable else ["--no-sync"])
    _run(place, "initdb", "-D", made, *locale, *options)
    single: list[str | Path] = ["--single", "-D", made, "-c", "log_checkpoints=off", "-j", "postgres"]
    # Each statement ends with a semicolon and an empty line, as -j asks.
    statements = f"CREATE ROLE {ROLE} LOGIN CREATEDB;\n\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n\n"
    _run(place, "postgres", *single, text=statements)
    made.rename(data)
    _sync_folder(data.parent)


def _run(place: Place, program: str, *arguments: str | Path, text: str = "") -> None:
    with tempfile.TemporaryFile() as output:
        process = start_tethered(
            [place.binaries.folder / program, *arguments],
            parent_death_signal=signal.SIGKILL,
            environment=ENVIRONMENT,
            output=output,
            text=text,
            user=place.user,
        )
        code = process.wait()
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    # Single-user postgres exits with 0 after a refused statement too.
    if code != 0 or "ERROR:" in said or "FATAL:" in said:
        raise LauncherError(f"{program} could not make {place.data}: {_last_complaint(said)}")


def _last_complaint(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    complaints = [
        line for line in lines if any(word in line for word in ("error:", "ERROR:", "FATAL:", "PANIC:"))
    ]
    return (complaints or lines or ["it said nothing"])[-1]


def _check_version(place: Place) -> None:
    try:
        made_by = (place.data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise LauncherError(
            f"{place.data} is not a PostgreSQL data directory ({error}); move it away."
        ) from error
    if made_by != str(place.binaries.major):
        raise LauncherError(
            f"{place.data} was made by PostgreSQL {made_by}, and IGNY8_POSTGRES chooses "
            f"{place.binaries.major}; choose {made_by}, or set IGNY8_STATE_DIR to another place."
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def start_postgres(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Start the postmaster as our child and wait until it answers."""
    end_leftovers(cluster)
    settings = SETTINGS | {"unix_socket_directories": f'"{cluster.socket_dir}"'}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with cluster.log.open("ab") as log:
        process = start_tethered(
            [cluster.place.binaries.folder / "postgres", "-D", cluster.data, *options],
            # SIGINT is a fast shutdown: should we be killed, the server ends in order.
            parent_death_signal=signal.SIGINT,
            environment=ENVIRONMENT,
            output=log,
            user=cluster.place.user,
        )
    wait_until(lambda: answers(cluster.socket_dir) or process.poll() is not None, seconds=START_SECONDS)
    if process.poll() is not None or not answers(cluster.socket_dir):
        stop_postgres(cluster, process)
        complaint = _last_complaint(_tail(cluster.log))
        raise LauncherError(f"PostgreSQL did not start on {cluster.data}: {complaint} (log: {cluster.log})")
    return process


def stop_postgres(cluster: Cluster, process: subprocess.Popen[bytes], *, in_order: bool = True) -> None:
    """Stop the postmaster: by a checkpoint (in order), or at once, which costs recovery at the next start."""
    signals = (
        [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL] if in_order else [signal.SIGQUIT, signal.SIGKILL]
    )
    for signal_number in signals:
        if process.poll() is None:
            process.send_signal(signal_number)
            wait_until(lambda: process.poll() is not None, seconds=20)
    wait_for_backends(cluster)


def wait_for_backends(cluster: Cluster) -> None:
    """Wait until nothing runs on the data: without a postmaster, backends exit once they notice."""
    if not wait_until(lambda: not postgres_processes_in(cluster.data), seconds=5):
        # Killing them is no different from the crash that orphaned them: the next start recovers.
        end_all(postgres_processes_in(cluster.data), signals=[signal.SIGQUIT, signal.SIGKILL], seconds=5)


def end_leftovers(cluster: Cluster) -> None:
    """Clear what a killed server left. Only for the one who holds the lock on this data.

    `postmaster.pid` is never believed: it may be stale, cut short, or name a stranger. What counts is
    which postgres processes work in the data directory; once there are none, the file is removed.
    """
    if not wait_until(lambda: not postgres_processes_in(cluster.data), seconds=5):
        signals = [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]
        end_all(postgres_processes_in(cluster.data), signals=signals, seconds=10)
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    for stale in cluster.socket_dir.glob(".s.PGSQL.*"):
        stale.unlink(missing_ok=True)


def answers(socket_dir: Path) -> bool:
    """Whether a server there accepts sessions now, asked in PostgreSQL's own protocol."""
    wanted = b"".join(
        part.encode() + b"\0" for part in ("user", ROLE, "database", DATABASE, "application_name", "probe")
    )
    hello = (196608).to_bytes(4, "big") + wanted + b"\0"
    heard = b""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(socket_dir / f".s.PGSQL.{PORT}"))
            connection.sendall((len(hello) + 4).to_bytes(4, "big") + hello)
            while chunk := connection.recv(4096):
                heard += chunk
                if heard.endswith(b"Z\0\0\0\5I"):  # ready for a query
                    connection.sendall(b"X\0\0\0\4")  # goodbye
                    return True
    except OSError:
        return False
    return b"C53300\0" in heard  # up, with every connection taken


def _tail(log: Path, size: int = 8192) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size))
        return file.read().decode(errors="replace")
