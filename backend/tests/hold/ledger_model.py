"""What the ledger must do, in plain Python: the reference that the database is compared with after every step."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(slots=True)
class ModelGrant:
    amount: Decimal
    remaining: Decimal
    priority: int
    is_paid: bool
    expiry: int | None
    """Its rank in time: negative is in the past, None is never."""

    @property
    def order(self) -> tuple[int, float, bool]:
        return self.priority, float("inf") if self.expiry is None else self.expiry, self.is_paid


@dataclass(slots=True)
class ModelHold:
    state: str
    attempt: int
    owner: int
    body: int
    card: int
    amount: Decimal
    is_due: bool

    @property
    def is_open(self) -> bool:
        return self.state in ("held", "sent", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One item of a reserve. `request`, `owner`, `body` and `card` are indexes."""

    account: int
    request: int
    amount: Decimal
    owner: int
    body: int
    card: int
    state: str
    is_due: bool
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One item of a settle, priced with the hold's card or another one."""

    account: int
    request: int
    attempts_ago: int
    is_other_card: bool
    credits: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One item of a void."""

    account: int
    request: int
    attempts_ago: int
    state: str


@dataclass(slots=True)
class ModelAccount:
    is_active: bool = True
    posted: Decimal = ZERO
    reserved: Decimal = ZERO
    debt: Decimal = ZERO
    floor: Decimal = ZERO
    grants: dict[int, ModelGrant] = field(default_factory=dict)
    holds: dict[int, ModelHold] = field(default_factory=dict)
    entries: list[tuple[str, Decimal]] = field(default_factory=list)
    usage: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    """(status, credits charged, credits released from the hold)"""

    @property
    def available(self) -> Decimal:
        return self.posted - self.reserved

    def enter(self, kind: str, amount: Decimal) -> None:
        self.entries.append((kind, amount))
        self.posted += amount

    def grant(self, external: int, new: ModelGrant) -> str:
        if external in self.grants:
            return "replayed" if self.grants[external].amount == new.amount else "conflict"
        repaid = min(self.debt, new.amount)
        self.debt -= repaid
        new.remaining = new.amount - repaid
        self.grants[external] = new
        self.enter("grant", new.amount)
        return "granted"

    def post_expiries(self) -> None:
        due = [grant for grant in self.grants.values() if grant.expiry is not None and grant.expiry < 0]
        for grant in sorted(due, key=lambda grant: grant.expiry or 0):
            expired = min(grant.remaining, max(self.available, ZERO))
            if expired > 0:
                grant.remaining -= expired
                self.enter("expiry", -expired)

    def reserve(self, ask: Ask) -> tuple[str, str | None, int, Decimal]:
        """(outcome, state, attempt, available); expiries have been posted."""
        old = self.holds.get(ask.request)
        state, attempt = (old.state, old.attempt) if old else (None, 0)
        available = self.available
        if not self.is_active:
            self.usage.append(("refused", ZERO, ZERO))
            return "refused", state, attempt, available
        if old is not None and old.state != "void":
            if old.body != ask.body:
                return "conflict", state, attempt, available
            is_same_caller = old.owner == ask.owner and old.state in ("held", "sent")
            return "held" if is_same_caller else "duplicate", state, attempt, available
        if ask.is_stale:
            return "stale", state, attempt, available
        if available - ask.amount < self.floor:
            self.usage.append(("refused", ZERO, ZERO))
            return "insufficient", state, attempt, available
        self.reserved += ask.amount
        self.holds[ask.request] = ModelHold(
            ask.state, attempt + 1, ask.owner, ask.body, ask.card, ask.amount, ask.is_due
        )
        return "held", ask.state, attempt + 1, available

    def settle(self, bill: Bill) -> tuple[str, Decimal | None, Decimal | None, Decimal]:
        """(outcome, credits, overrun, available)"""
        hold = self.holds.get(bill.request)
        outcome = "settled"
        if hold is None:
            outcome = "missing"
        elif bill.attempts_ago:
            outcome = "superseded"
        elif hold.state == "settled":
            outcome = "replayed"
        elif bill.is_other_card:
            outcome = "superseded"
        if hold is None or outcome != "settled":
            return outcome, None, None, self.available
        held = hold.amount if hold.is_open else ZERO
        overrun = max(bill.credits - held, ZERO)
        self.reserved -= held
        self._draw(bill.credits)
        self.enter("charge", overrun - bill.credits)
        if overrun:
            self.enter("overrun", -overrun)
        self.usage.append(("settled", bill.credits, held))
        hold.state = "settled"
        return "settled", bill.credits, overrun, self.available

    def _draw(self, credits: Decimal) -> None:
        # Sorting is stable: of equals, the oldest comes first.
        for grant in sorted(self.grants.values(), key=lambda grant: grant.order):
            drawn = min(grant.remaining, credits)
            grant.remaining -= drawn
            credits -= drawn
        self.debt += credits

    def void(self, end: End) -> str:
        hold = self.holds.get(end.request)
        if hold is None:
            return "missing"
        if end.attempts_ago or not hold.is_open or hold.state == end.state:
            return "unchanged"
        released = hold.amount if end.state == "void" else ZERO
        self.reserved -= released
        self.usage.append((end.state, ZERO, released))
        hold.state = end.state
        return end.state

    def sweep(self) -> list[str]:
        """The states in which expired holds have ended."""
        ended = []
        for request, hold in self.holds.items():
            if hold.is_due and hold.state in ("held", "sent"):
                state = "void" if hold.state == "held" else "unknown"
                ended.append(self.void(End(account=0, request=request, attempts_ago=0, state=state)))
        return ended
