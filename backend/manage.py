#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL they start or join the embedded PostgreSQL."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
    if not os.environ.get("DATABASE_URL"):
        from dev.errors import LauncherError
        from dev.postgres import join_server

        try:
            os.environ["DATABASE_URL"] = join_server()
        except LauncherError as error:
            sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
