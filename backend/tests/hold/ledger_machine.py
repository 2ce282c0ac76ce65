"""The ledger as a state machine: each step is done by the database and by the reference model, which must agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from igny8_core.business.billing.rate_cards import compile_card
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits import ledger
from igny8_core.business.credits.ledger import Charge, Ending, HoldRequest
from igny8_core.business.credits.models import (
    Account,
    AccountBalance,
    CatalogueVersion,
    CreditUsageLog,
    Grant,
    Hold,
    LedgerEntry,
)
from igny8_core.business.errors import LedgerConflict
from tests.hold.ledger_model import Ask, Bill, End, ModelAccount, ModelGrant

ACCOUNTS, REQUESTS, OWNERS = 2, 8, 2
# A token costs a ten-thousandth of a credit by the first card, and half of that by the second.
CARDS = [
    compile_card(model="machine", provider="machine", source="database", input_cost_per_1m=Decimal(usd))
    for usd in ("1", "0.5")
]
TOKENS_PER_CREDIT = [10_000, 20_000]
NOW = datetime.now(UTC)

credits_amounts = st.one_of(st.integers(0, 40), st.decimals(0, 40, places=4)).map(Decimal)
indexes = {
    "account": st.integers(0, ACCOUNTS - 1),
    "request": st.integers(0, REQUESTS - 1),
}
# Mostly the attempt that stands, sometimes one before it.
attempts_ago = st.sampled_from([0, 0, 0, 0, 1])
# A caller that lost the answer sends the same again.
times = st.sampled_from([1, 1, 2])


def batches(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """A batch has at most one item for each request of an account."""
    return st.lists(items, min_size=1, max_size=5, unique_by=lambda item: (item.account, item.request))


asks = st.builds(
    Ask,
    **indexes,
    amount=credits_amounts,
    owner=st.integers(0, OWNERS - 1),
    body=st.sampled_from([0, 0, 0, 1]),
    card=st.integers(0, 1),
    state=st.sampled_from(["held", "sent"]),
    is_due=st.booleans(),
    is_stale=st.sampled_from([False] * 7 + [True]),
)
bills = st.builds(
    Bill,
    **indexes,
    attempts_ago=attempts_ago,
    is_other_card=st.sampled_from([False] * 4 + [True]),
    credits=credits_amounts,
)
ends = st.builds(End, **indexes, attempts_ago=attempts_ago, state=st.sampled_from(["void", "unknown"]))


def has_holds(machine: LedgerMachine) -> bool:
    return any(model.holds for model in machine.models)


class LedgerMachine(RuleBasedStateMachine):
    """Two accounts, whose requests have the same ids: nothing of one may touch the other."""

    account_ids: ClassVar[list[int]] = []
    outcomes: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.models = [ModelAccount() for _ in range(ACCOUNTS)]
        self.ids = [Account.objects.create(slug=uuid4().hex, name="machine").pk for _ in range(ACCOUNTS)]
        self.account_ids.extend(self.ids)
        self.requests = [uuid4() for _ in range(REQUESTS)]
        self.version: UUID = CatalogueVersion.objects.get().version
        for account in range(ACCOUNTS):
            self.grant(
                account, external=0, amount=Decimal(60), priority=100, is_paid=True, expiry=None, times=1
            )

    @rule(
        account=indexes["account"],
        external=st.integers(0, 7),
        amount=st.sampled_from([Decimal("0.0001"), Decimal(5), Decimal(30)]),
        priority=st.sampled_from([50, 100]),
        is_paid=st.booleans(),
        expiry=st.sampled_from([None, None, None, -2, -1, 1, 2]),
        times=times,
    )
    def grant(
        self,
        account: int,
        external: int,
        amount: Decimal,
        priority: int,
        is_paid: bool,
        expiry: int | None,
        times: int,
    ) -> None:
        for _ in range(times):
            grant = ModelGrant(amount, amount, priority, is_paid, expiry)
            expected = self.models[account].grant(external, grant)
            try:
                ledger.grant(
                    account_id=self.ids[account],
                    external_id=str(external),
                    source="purchase",
                    amount=amount,
                    priority=priority,
                    is_paid=is_paid,
                    expires_at=None if expiry is None else NOW + timedelta(days=expiry),
                )
            except LedgerConflict:
                assert expected == "conflict"
            else:
                assert expected in ("granted", "replayed")
            self._count("grant", [expected])

    @rule(batch=batches(asks), times=times)
    def reserve(self, batch: list[Ask], times: int) -> None:
        requests = [self._hold_request(ask) for ask in batch]
        for _ in range(times):
            for account in {ask.account for ask in batch}:
                self.models[account].post_expiries()
            expected = [self.models[ask.account].reserve(ask) for ask in batch]
            reserved = ledger.reserve(requests)
            assert [(r.outcome, r.state, r.attempt, r.available) for r in reserved] == expected
            self._count("reserve", [outcome for outcome, *_ in expected])

    @precondition(has_holds)
    @rule(batch=batches(bills), times=times)
    def settle(self, batch: list[Bill], times: int) -> None:
        batch = self._aimed(batch)
        charges = [self._charge(bill) for bill in batch]
        for _ in range(times):
            before = [self._state(bill) for bill in batch]
            expected = [self.models[bill.account].settle(bill) for bill in batch]
            settled = ledger.settle(charges)
            assert [(s.outcome, s.credits, s.overrun, s.available) for s in settled] == expected
            for state, (outcome, *_) in zip(before, expected, strict=True):
                self._count("settle", [f"{state} {outcome}"])

    @precondition(has_holds)
    @rule(credits=credits_amounts)
    def settle_all(self, credits: Decimal) -> None:
        every = [
            Bill(account=account, request=request, attempts_ago=0, is_other_card=False, credits=credits)
            for account, model in enumerate(self.models)
            for request in model.holds
        ]
        self.settle(every, times=1)

    @precondition(has_holds)
    @rule(batch=batches(ends), times=times)
    def void(self, batch: list[End], times: int) -> None:
        batch = self._aimed(batch)
        endings = [self._ending(end) for end in batch]
        for _ in range(times):
            expected = [self.models[end.account].void(end) for end in batch]
            assert ledger.void(endings) == expected
            self._count("void", expected)

    @rule()
    def sweep(self) -> None:
        expected = Counter(state for model in self.models for state in model.sweep())
        counts = ledger.sweep()
        # Holds that other tests have left may expire meanwhile; what became of ours is compared after the step.
        assert all(counts[state] >= count for state, count in expected.items())
        self._count("sweep", list(expected.elements()))

    @rule(account=indexes["account"], is_active=st.sampled_from([True, True, True, False]))
    def switch(self, account: int, is_active: bool) -> None:
        self.models[account].is_active = is_active
        Account.objects.filter(pk=self.ids[account]).update(is_active=is_active)

    @rule(account=indexes["account"], floor=st.sampled_from([Decimal(-20), Decimal(0), Decimal(5)]))
    def move_the_floor(self, account: int, floor: Decimal) -> None:
        self.models[account].floor = floor
        AccountBalance.objects.filter(account=self.ids[account]).update(floor=floor)

    @invariant()
    def the_database_is_as_the_model(self) -> None:
        for account_id, model in zip(self.ids, self.models, strict=True):
            balance = AccountBalance.objects.get(account=account_id)
            assert (balance.posted, balance.reserved, balance.debt) == (
                model.posted,
                model.reserved,
                model.debt,
            )
            grants = Grant.objects.filter(account=account_id).values_list("external_id", "remaining")
            assert dict(grants) == {str(key): grant.remaining for key, grant in model.grants.items()}
            holds = Hold.objects.filter(account=account_id)
            assert {h.request_id: (h.state, h.attempt, h.amount) for h in holds} == {
                self.requests[key]: (hold.state, hold.attempt, hold.amount)
                for key, hold in model.holds.items()
            }
            entries = LedgerEntry.objects.filter(account=account_id).order_by("id")
            assert list(entries.values_list("kind", "amount")) == model.entries
            usage = CreditUsageLog.objects.filter(account=account_id)
            assert Counter(usage.values_list("status", "credits", "held")) == Counter(model.usage)

    def _aimed(self, batch: list[Any]) -> list[Any]:
        """The batch with most items moved to requests that exist, each once; ends to such as are open."""
        aimed = {}
        for item in batch:
            holds = self.models[item.account].holds
            still_open = [request for request, hold in holds.items() if hold.is_open]
            requests = (isinstance(item, End) and still_open) or list(holds) or [item.request]
            request = item.request if item.request == 0 else requests[item.request % len(requests)]
            aimed[item.account, request] = replace(item, request=request)
        return list(aimed.values())

    def _hold_request(self, ask: Ask) -> HoldRequest:
        return HoldRequest(
            account_id=self.ids[ask.account],
            request_id=self.requests[ask.request],
            owner=UUID(int=ask.owner),
            fingerprint=UUID(int=ask.body),
            amount=ask.amount,
            lifetime_seconds=0 if ask.is_due else 3600,
            state=ask.state,  # type: ignore[arg-type]
            card=CARDS[ask.card],
            version=uuid4() if ask.is_stale else self.version,
            operation="text",
        )

    def _charge(self, bill: Bill) -> Charge:
        hold = self.models[bill.account].holds.get(bill.request)
        card = (hold.card if hold else 0) ^ bill.is_other_card
        return Charge(
            account_id=self.ids[bill.account],
            request_id=self.requests[bill.request],
            attempt=self._attempt(bill),
            card_id=CARDS[card].id,
            usage=Usage(input_tokens=int(bill.credits * TOKENS_PER_CREDIT[card])),
            cost_usd=bill.credits / 100,
            usd_per_credit=Decimal("0.01"),
            credits=bill.credits,
        )

    def _ending(self, end: End) -> Ending:
        return Ending(
            account_id=self.ids[end.account],
            request_id=self.requests[end.request],
            attempt=self._attempt(end),
            state=end.state,  # type: ignore[arg-type]
            error_code="machine",
        )

    def _state(self, item: Bill | End) -> str:
        hold = self.models[item.account].holds.get(item.request)
        return hold.state if hold else "none"

    def _attempt(self, item: Bill | End) -> int:
        hold = self.models[item.account].holds.get(item.request)
        return (hold.attempt if hold else 1) - item.attempts_ago

    def _count(self, operation: str, outcomes: list[str]) -> None:
        self.outcomes.update(f"{operation}: {outcome}" for outcome in outcomes)
