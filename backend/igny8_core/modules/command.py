"""The base of the product's management commands: a report for people, or with --json as one object."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from igny8_core.business.errors import Igny8Error


class ReportingCommand(BaseCommand):
    """A command defines `report`, which returns what --json prints as the last line, and `show`, which prints it for people."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object, last.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.report(**options)
        except Igny8Error as error:
            raise CommandError(error.message) from error
        except (UndefinedTable, ProgrammingError) as error:
            if not isinstance(error.__cause__ or error, UndefinedTable):
                raise
            raise CommandError("the database has no tables yet: run `manage.py migrate`") from error
        except OperationalError as error:
            raise CommandError(f"the database does not answer: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(result, default=str))
        else:
            self.show(result)

    def report(self, **options: Any) -> dict[str, Any]:
        raise NotImplementedError

    def show(self, result: dict[str, Any]) -> None:
        width = max(map(len, result), default=0)
        for name, value in result.items():
            self.stdout.write(f"{name.replace('_', ' '):{width}}  {value}")
