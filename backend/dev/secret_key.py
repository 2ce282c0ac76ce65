"""The development server's SECRET_KEY: made once for each clone, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from dev.errors import LauncherError


def development_secret_key() -> str:
    """The key in the state directory; the first caller makes it, and everyone else reads the same one.

    Raises LauncherError where it belongs to another user.
    """
    state = Path(os.environ.get("IGNY8_STATE_DIR") or Path(__file__).resolve().parents[2] / ".igny8")
    path = state / "secret_key"
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True)
        draft = state / f"secret_key.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            # A link, not a rename: of two first callers one wins, and the other reads the winner's.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        return path.read_text()
    except PermissionError:
        raise LauncherError(f"{path} belongs to another user; run as that user, or set SECRET_KEY.") from None
