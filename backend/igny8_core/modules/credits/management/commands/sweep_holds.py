from typing import Any

from igny8_core.business.credits import ledger
from igny8_core.modules.command import ReportingCommand


class Command(ReportingCommand):
    help = "Ends holds past their expiry: never sent is void, sent is unknown. Run it every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if self.failed:
            raise SystemExit(1)

    def report(self, **options: Any) -> dict[str, Any]:
        swept = ledger.sweep()
        self.failed = swept["failed"]
        return dict(swept)
