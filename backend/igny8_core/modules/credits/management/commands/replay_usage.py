import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.credits.models import Account
from igny8_core.business.credits.money import format_usd
from igny8_core.business.credits.replay import replay_usage
from igny8_core.business.credits.usage_file import Columns, UsageRow, read_usage
from igny8_core.modules.command import ReportingCommand


class Command(ReportingCommand):
    help = "Prices and charges a usage file (CSV), each row once: running it again charges nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="CSV with a header; one row is one call.")
        parser.add_argument("--account", required=True, metavar="SLUG", help="Who is charged.")
        parser.add_argument(
            "--model", required=True, metavar="NAME", help="The text model that the calls used."
        )
        default = Columns()
        for name, column in (
            ("timestamp", default.timestamp),
            ("input", default.input_tokens),
            ("output", default.output_tokens),
        ):
            parser.add_argument(
                f"--{name}-column", default=column, metavar="NAME", help=f"Default: {column}."
            )
        parser.add_argument(
            "--source",
            default="",
            metavar="NAME",
            help="Tells apart files in which equal rows are different calls.",
        )

    def report(self, **options: Any) -> dict[str, Any]:
        account = Account.objects.filter(slug=options["account"]).first()
        if account is None:
            raise CommandError(f"account '{options['account']}' does not exist")
        columns = Columns(options["timestamp_column"], options["input_column"], options["output_column"])
        started = time.monotonic()
        # The whole file is checked before any of it is charged.
        count = sum(1 for _ in self._rows(options, columns))
        with tqdm(total=count, unit=" rows", disable=None, file=sys.stderr) as bar:
            replayed = replay_usage(
                rows=self._rows(options, columns),
                account_id=account.pk,
                model=options["model"],
                fallback=constants_catalogue,
                on_progress=bar.update,
            )
        return {
            "rows": replayed.rows,
            "charged": replayed.charged,
            "already_charged": replayed.already_charged,
            "cost_usd": format_usd(replayed.cost_usd, decimals=2),
            "credits": format_usd(replayed.credits, decimals=2),
            "seconds": round(time.monotonic() - started, 3),
        }

    def _rows(self, options: dict[str, Any], columns: Columns) -> Iterator[UsageRow]:
        return read_usage(options["file"], columns, source=options["source"])
