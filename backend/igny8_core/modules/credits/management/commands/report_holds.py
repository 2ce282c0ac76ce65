from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from igny8_core.business.credits.hold_report import HeldAndCharged, report_holds
from igny8_core.business.credits.models import Account
from igny8_core.business.credits.money import without_trailing_zeros
from igny8_core.modules.command import ReportingCommand

MOST_DAYS: Final = 3660
COLUMNS: Final = {
    "model": "model",
    "calls": "calls",
    "held": "held",
    "charged": "charged",
    "ratio": "held / charged",
    "median_ratio": "median",
    "p95_ratio": "p95",
    "overruns": "overruns",
    "overrun_credits": "above the hold",
}


class Command(ReportingCommand):
    help = "Reports how far holds exceed what calls cost, by model, in credits."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--days",
            type=int,
            default=30,
            metavar="N",
            help="Calls admitted in the last N days (default: 30).",
        )
        parser.add_argument("--account", metavar="SLUG", help="Of this account only.")

    def report(self, **options: Any) -> dict[str, Any]:
        days, slug = options["days"], options["account"]
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days is {days}; it must be from 1 to {MOST_DAYS}")
        account = Account.objects.filter(slug=slug).first() if slug is not None else None
        if slug is not None and account is None:
            raise CommandError(f"account '{slug}' does not exist")
        since = datetime.now(UTC) - timedelta(days=days)
        found = report_holds(since=since, account_id=account.pk if account is not None else None)
        return {
            "days": days,
            "account": slug,
            "models": [_written(each) for each in found.models],
            "total": _written(found.total),
        }

    def show(self, result: dict[str, Any]) -> None:
        rows = [COLUMNS, *result["models"], result["total"] | {"model": "all"}]
        cells = [["–" if row[name] is None else str(row[name]) for name in COLUMNS] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for model, *figures in cells:
            shown = [f"{text:>{width}}" for text, width in zip(figures, widths[1:], strict=True)]
            self.stdout.write("  ".join([f"{model:<{widths[0]}}", *shown]))


def _written(each: HeldAndCharged) -> dict[str, Any]:
    """Ready for JSON: counts as numbers, every amount and ratio as text with no digit lost."""
    return {
        name: f"{without_trailing_zeros(value):f}" if isinstance(value, Decimal) else value
        for name, value in asdict(each).items()
    }
