from typing import Any

from igny8_core.business.credits.ledger_audit import audit_ledger
from igny8_core.modules.command import ReportingCommand


class Command(ReportingCommand):
    help = "Verifies every invariant of the ledger; exits with 1, naming the accounts, where one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not self.is_clean:
            raise SystemExit(1)

    def report(self, **options: Any) -> dict[str, Any]:
        audit = audit_ledger()
        self.is_clean = audit.is_clean
        return {"clean": audit.is_clean, "counts": audit.counts, "broken": audit.broken}

    def show(self, result: dict[str, Any]) -> None:
        for name, count in result["counts"].items():
            self.stdout.write(f"{count:>12,}  {name.replace('_', ' ')}")
        for name, accounts in result["broken"].items():
            if accounts:
                names = ", ".join(map(str, accounts))
                self.stdout.write(self.style.ERROR(f"BROKEN  {name}: accounts {names}"))
            else:
                self.stdout.write(f"    ok  {name}")
        self.stdout.write(
            "The ledger is clean." if result["clean"] else self.style.ERROR("The ledger drifts.")
        )
