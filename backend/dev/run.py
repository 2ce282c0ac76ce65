"""What `make run` runs once everything is installed: the database, the provider emulator and the web server.

python -m dev.run    in backend/; PORT, DATABASE_URL and the provider keys are read from the environment
"""

import http.client
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from dev.children import Child, Children, children, leftovers
from dev.database import Database, database
from dev.errors import LauncherError
from dev.ports import HOST, claim_next_port, claim_port, wanted_port
from dev.processes import end_all
from dev.signals import Interrupted, Interruption
from dev.state import Lock, open_state
from dev.welcome import Demo, welcome

PROVIDER_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "RUNWARE_API_KEY")
PRODUCT = "igny8_core.project.asgi:application"
READY_SECONDS = 60.0
MANAGE = (sys.executable, "manage.py")


def main() -> int:
    interruption = Interruption()
    interruption.listen()
    run = Run(interruption)
    try:
        run.serve()
    except Interrupted as interrupted:
        if run.is_ready:
            say("Stopped.")
            return 0
        say("Stopped before it was ready.")
        return 128 + interrupted.number
    except LauncherError as error:
        say(str(error), is_error=True)
    return 1


class Run:
    def __init__(self, interruption: Interruption) -> None:
        self.interruption = interruption
        self.is_ready = False

    def serve(self) -> None:
        """Start everything and keep it; returns only by Interrupted or LauncherError, with nothing left running."""
        if os.environ.get("IGNY8_DEBUG", "1") != "1":
            raise LauncherError("`make run` is for development; unset IGNY8_DEBUG to use it.")
        port = wanted_port()
        state = open_state()
        end_all(leftovers(state.folder), signals=[signal.SIGTERM, signal.SIGKILL], seconds=5)
        claims = [claim_port(port)]
        environment = dict(os.environ)
        emulator_url = None
        if not all(os.environ.get(name) for name in PROVIDER_KEYS):
            claims.append(claim_next_port(port))
            emulator_url = environment["IGNY8_EMULATOR_URL"] = f"http://{HOST}:{claims[-1].port}"
        with database(interruption=self.interruption) as served:
            environment["DATABASE_URL"] = served.url
            with children(environment=environment, state_folder=state.folder) as family:
                emulator = self._start_emulator(family, claims[-1].port) if emulator_url else None
                with self._alone(state.folder / "migrate.lock"):
                    demo = self._prepare(family)
                server = family.start("The web server", *granian(port), is_shown=True)
                if emulator:
                    self._wait_for(emulator, family, port=claims[-1].port)
                self._wait_for(server, family, port=port)
                self.is_ready = True
                keys = [name for name in PROVIDER_KEYS if os.environ.get(name)]
                say(
                    welcome(
                        demo=demo, server_url=f"http://{HOST}:{port}", emulator_url=emulator_url, keys=keys
                    )
                )
                self._keep(family, served)

    def _start_emulator(self, family: Children, port: int) -> Child:
        return family.start("The provider emulator", *MANAGE, "emulate_providers", "--port", str(port))

    def _prepare(self, family: Children) -> Demo:
        run = self.interruption
        family.complete("`manage.py migrate`", *MANAGE, "migrate", "--noinput", interruption=run)
        said = family.complete("`manage.py seed_demo`", *MANAGE, "seed_demo", "--json", interruption=run)
        try:
            answer = json.loads(said.strip().splitlines()[-1])
            return Demo(**{name: str(answer[name]) for name in Demo.__slots__})
        except (IndexError, ValueError, KeyError, TypeError) as error:
            raise LauncherError(
                f"`manage.py seed_demo --json` did not answer as expected: {error!r}."
            ) from None

    def _wait_for(self, child: Child, family: Children, *, port: int) -> None:
        deadline = monotonic() + READY_SECONDS
        while not is_healthy(port):
            self.interruption.check()
            family.check()
            if monotonic() > deadline:
                raise LauncherError(
                    f"{child.name} did not answer on port {port} in {READY_SECONDS:.0f} seconds."
                )
            sleep(0.05)

    def _keep(self, family: Children, served: Database) -> None:
        parent = watched_parent()
        had_terminal = os.isatty(0)
        while True:
            self.interruption.check()
            family.check()
            # A closed terminal hangs up `make`, which waits for us instead of telling.
            if (parent is not None and os.getppid() != parent) or (had_terminal and not os.isatty(0)):
                self.interruption.stop(signal.SIGHUP)
            served.keep(interruption=self.interruption)
            sleep(0.2)

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        """Two runs that start together migrate one after the other."""
        lock = Lock(path)
        try:
            while not lock.own():
                self.interruption.check()
                sleep(0.05)
            yield
        finally:
            lock.close()


def granian(port: int, *, application: str = PRODUCT, workers: int = 1) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--host", HOST, "--port", str(port)),
        *("--workers", str(workers), "--no-access-log", "--log-level", "warning"),
        # Told to stop while its worker loads the application, granian would wait for it for ever.
        *("--workers-kill-timeout", "5"),
        application,
    ]


def is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def watched_parent() -> int | None:
    """`make`, whose death should end the run; a shell may leave, as after `nohup`."""
    parent = os.getppid()
    with suppress(OSError):
        if Path(f"/proc/{parent}/comm").read_text().strip() in ("make", "gmake"):
            return parent
    return None


def say(text: str, *, is_error: bool = False) -> None:
    # The terminal may be gone, which must not keep anything from being stopped.
    with suppress(OSError):
        print(text, file=sys.stderr if is_error else sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
