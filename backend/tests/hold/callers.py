"""What the worker processes of these tests do: call through AICore, and report what came of each call."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from igny8_core.ai.ai_core import AICore
from igny8_core.ai.results import TextResult
from igny8_core.business.credits.models import Account
from igny8_core.business.errors import Igny8Error, InsufficientCredits
from tests.workers import Job

# The models of these tests charge nothing for input, so that a quote is the cap's price exactly.
CAP = 100


def call_many_times(job: Job) -> None:
    """`count` calls one after another. Reports once: the charged [request_id, credits], the refused [needed, available]."""
    core = AICore(account=_account(job))
    charged, refused = [], []
    for _ in range(job.arguments["count"]):
        try:
            result = _call(core, job)
        except InsufficientCredits as error:
            refused.append([error.needed, error.available, error.details["request_id"]])
        else:
            charged.append([result.request_id, result.credits])
    job.report({"charged": charged, "refused": refused})


def call_with_one_key(job: Job) -> None:
    """One call from each of `threads` threads at once, all with the same key. Reports each answer or error."""
    core = AICore(account=_account(job))
    barrier = threading.Barrier(job.arguments["threads"])

    def call() -> None:
        barrier.wait()
        job.report(_outcome(lambda: _call(core, job, idempotency_key=job.arguments["key"])))

    _in_threads(call, job.arguments["threads"])


def call_until_stopped(job: Job) -> None:
    """Calls one after another, each reported with the system's monotonic time before and after it."""
    core = AICore(account=_account(job))
    while not job.stopping.is_set():
        started = time.monotonic()
        outcome = _outcome(lambda: _call(core, job))
        job.report(outcome | {"started": started, "ended": time.monotonic()})


def call_in_threads_until_stopped(job: Job) -> None:
    """`threads` threads that call for randomly chosen accounts, half of the time with a key. Each outcome is reported
    at once: whatever is reported has been acknowledged to a caller."""
    cores = [AICore(account=account) for account in Account.objects.filter(pk__in=job.arguments["accounts"])]

    def call() -> None:
        dice = random.Random()
        while not job.stopping.is_set():
            key = f"key-{dice.getrandbits(64)}" if dice.random() < 0.5 else None
            core = dice.choice(cores)
            outcome = _outcome(lambda: _call(core, job, idempotency_key=key))  # noqa: B023
            job.report(outcome | {"account": core.account.pk})

    _in_threads(call, job.arguments["threads"])


def _account(job: Job) -> Account:
    return Account.objects.get(pk=job.arguments["account"])


def _call(core: AICore, job: Job, *, idempotency_key: str | None = None) -> TextResult:
    return core.run_ai_request(
        prompt=job.arguments.get("prompt", "Hello"),
        model=job.arguments["model"],
        max_tokens=CAP,
        idempotency_key=idempotency_key,
    )


def _outcome(call: Callable[[], TextResult]) -> dict[str, Any]:
    """The answer, or the code of the error that the caller is told."""
    try:
        result = call()
    except Igny8Error as error:
        return {"error": error.code, "details": error.details}
    return {
        "request_id": result.request_id,
        "credits": result.credits,
        "cost": result.cost,
        "content": result.content,
        "replayed": result.replayed,
    }


def _in_threads(work: Callable[[], None], count: int) -> None:
    """Runs `work` in `count` threads. What one of them raises ends the worker with a traceback."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
