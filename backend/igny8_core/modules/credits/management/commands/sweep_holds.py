from typing import Any

from igny8_core.business.credits import ledger
from igny8_core.modules.command import ReportingCommand


class Command(ReportingCommand):
    help = "Ends holds past their expiry: never sent is void, sent is unknown. Run it every minute."

    def report(self, **options: Any) -> dict[str, Any]:
        return dict(ledger.sweep())
