"""The operating-system user PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dev.errors import LauncherError


@dataclass(frozen=True, slots=True)
class OsUser:
    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    def can_enter(self, path: Path) -> bool:
        """Whether this user can reach and use the path, asked as that user so that ACLs count too."""
        try:
            answer = subprocess.run(
                ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(path)],
                user=self.uid,
                group=self.gid,
                extra_groups=self.groups,
                cwd="/",
                env={},
                check=False,
            )
        except OSError as error:
            raise LauncherError(f"root cannot become user {self.name} to run PostgreSQL: {error}") from error
        return answer.returncode == 0

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def postgres_user(*, data: Path) -> OsUser | None:
    """None when PostgreSQL runs as whoever we are; root hands over to the data's owner, or else to nobody."""
    if os.geteuid() != 0:
        return None
    try:
        owner = data.stat().st_uid
    except OSError:
        owner = 0
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError as error:
        raise LauncherError(
            f"PostgreSQL cannot run as root, and there is no user to run it as: {error}"
        ) from error
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return OsUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, groups=tuple(groups))
