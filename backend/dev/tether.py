"""Become another command that the kernel signals when the parent dies; run by path, it imports nothing of ours.

Arguments: the signal, the parent's pid, `uid,gid,groups` or `-`, then the command.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(signal_text: str, parent_text: str, identity: str, *command: str) -> None:
    if identity != "-":
        uid, gid, *groups = (int(number) for number in identity.split(",") if number)
        os.setgroups(groups)
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user, because that change clears it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_text), 0, 0, 0)
    # The parent may have died before the signal was armed.
    if os.getppid() != int(parent_text):
        sys.exit(1)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"cannot start {command[0]}: {error}")


main(*sys.argv[1:])
