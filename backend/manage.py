#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL they start or join the embedded PostgreSQL."""

import os
import sys

from django.core.management import execute_from_command_line

from dev.errors import LauncherError
from dev.postgres import join_server


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
    try:
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = join_server()
        execute_from_command_line(sys.argv)
    except LauncherError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
