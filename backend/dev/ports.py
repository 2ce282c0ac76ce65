"""TCP ports: the one that was asked for, and a free one beside it."""

import os
import socket
from contextlib import closing

from dev.errors import LauncherError

HOST = "127.0.0.1"
LAST = 65535


def wanted_port() -> int:
    """PORT, or 8000."""
    text = os.environ.get("PORT", "").strip() or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= LAST:
        raise LauncherError(f"PORT is {text!r}, which is not a port; it must be a number from 1 to {LAST}.")
    return int(text)


class PortClaim:
    """A port kept for this process: a second runner sees the claim before anything listens there.

    The web server shares its port with others who ask for it (SO_REUSEPORT), so two runners that found
    it free at the same moment would both serve it. The claim is an abstract Unix socket, which the kernel
    releases when we die.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._claim = socket.socket(socket.AF_UNIX)
        try:
            self._claim.bind(f"\0igny8-port-{port}")
            with closing(socket.socket()) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
        except OSError:
            self._claim.close()
            raise

    def release(self) -> None:
        self._claim.close()


def claim_port(port: int) -> PortClaim:
    try:
        return PortClaim(port)
    except PermissionError as error:
        raise LauncherError(
            f"Port {port} is not open to this user; try one above 1023: PORT=8000."
        ) from error
    except OSError as error:
        raise LauncherError(
            f"Port {port} is already taken; stop what listens there, or choose another: PORT={_another(port)}."
        ) from error


def claim_next_port(port: int) -> PortClaim:
    """The first free port above this one, or else below it."""
    for candidate in (*range(port + 1, LAST + 1), *range(port - 1, 1023, -1)):
        try:
            return PortClaim(candidate)
        except OSError:
            continue
    raise LauncherError(f"No port is free on {HOST}.")


def _another(port: int) -> int:
    # Let go at once: this one is only a suggestion.
    claim = claim_next_port(max(port, 1023))
    claim.release()
    return claim.port
