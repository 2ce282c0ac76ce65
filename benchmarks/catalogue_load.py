"""A catalogue of 5,000 models with 20 rates each: how long it takes to load, to reload after an edit, and what calls
notice of it.

A throwaway server with durable settings; medians of the rounds. Two threads call at a pace of one call a millisecond
each, for models whose cards are compiled, while a third edits a rate and reloads, again and again; the reference of the
same run is the same calls with nobody reloading. A call is timed on its own, and from the moment it was due: what holds
the interpreter up shows there. The two alternate.
"""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dev.postgres import throwaway_server

if TYPE_CHECKING:
    from igny8_core.business.billing.models import ModelRate

MODELS = 5_000
ROUNDS = 7
CALLERS = 2
PACE_SECONDS = 0.001
SECONDS = 4
PAGE = os.sysconf("SC_PAGE_SIZE")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
os.environ.setdefault("SECRET_KEY", "benchmark")


def main() -> None:
    with throwaway_server() as server:
        os.environ["DATABASE_URL"] = server.url
        import django

        django.setup()
        from django.core.management import call_command

        from tests.business.billing.large_catalogue import add_models, remove_models

        call_command("migrate", verbosity=0)
        add_models(1)
        small = edits()
        remove_models()
        started = time.perf_counter()
        add_models(MODELS)
        print(f"{MODELS:,} models with 20 rates each, put there in {time.perf_counter() - started:.1f} s")
        measure_loading()
        measure_edits(small)
        measure_calls()


def measure_loading() -> None:
    from igny8_core.ai.constants import constants_catalogue
    from igny8_core.business.billing import catalogue
    from igny8_core.business.billing.pricing import price
    from igny8_core.business.billing.usage import Usage

    def load() -> None:
        catalogue._snapshot = None
        assert len(catalogue.reload(constants_catalogue).models) > MODELS

    before = megabytes()
    first = ms(load)
    loaded = megabytes()
    again = [ms(load) for _ in range(ROUNDS)]
    snapshot = catalogue.current(constants_catalogue)
    usage = Usage(input_tokens=1000, cached_input_tokens=500, output_tokens=100)
    names = [f"large-{n}" for n in range(1, MODELS + 1)]
    fewest = megabytes()
    compiled = [ms(lambda name=name: price(snapshot.resolve(name, "text").card, usage)) for name in names]
    print(f"  load, first                       {first:9.1f} ms")
    print(f"  load, again                       {statistics.median(again):9.1f} ms")
    print(f"  first price of a model            {statistics.median(compiled):9.3f} ms")
    print(f"  memory of the process             {before:9.0f} MB before, {loaded:.0f} MB once loaded")
    print(f"  with the card of every model      {megabytes() - fewest:+9.0f} MB")


def measure_edits(small: list[float]) -> None:
    from igny8_core.ai.constants import constants_catalogue
    from igny8_core.business.billing import catalogue

    reloads = [ms(lambda: catalogue.reload(constants_catalogue)) for _ in islice(raised(), ROUNDS)]
    reference = statistics.median(small)
    edit = statistics.median(edits())
    print(f"  reload after one edit             {statistics.median(reloads):9.1f} ms")
    print(f"  a rate saved in a catalogue of 10 {reference:9.1f} ms   (reference)")
    print(f"  a rate saved in this catalogue    {edit:9.1f} ms   {edit / reference:.2f} x")


def measure_calls() -> None:
    from igny8_core.ai.constants import constants_catalogue
    from igny8_core.business.billing import catalogue

    over = threading.Event()
    reloaded = 0
    edits = raised()
    next(edits)

    def reload() -> None:
        nonlocal reloaded
        for _ in edits:
            if over.is_set():
                return
            catalogue.reload(constants_catalogue)
            reloaded += 1

    quiet, busy = [], []
    for _ in range(3):
        quiet += calls()
        over.clear()
        reloader = threading.Thread(target=reload)
        reloader.start()
        busy += calls()
        over.set()
        reloader.join()
    print(
        f"{len(busy):,} calls of {CALLERS} threads while {reloaded} edits were reloaded, and as many without"
    )
    print(f"  {'microseconds':30}{'p50':>10}{'p99':>10}{'p99.9':>10}")
    for name, column in (("resolve", 0), ("resolve + price", 1), ("due to priced", 2)):
        for what, found in (("no reload", quiet), ("under reload", busy)):
            ordered = sorted(times[column] for times in found)
            shown = "".join(
                f"{ordered[int(len(ordered) * share)] / 1000:10.1f}" for share in (0.5, 0.99, 0.999)
            )
            print(f"  {name:16}{what:14}{shown}{'   (reference)' if found is quiet else ''}")


def calls() -> list[tuple[int, int, int]]:
    """Nanoseconds of each call: to resolve, to resolve and price, and from when it was due until it was priced."""
    from igny8_core.ai.constants import constants_catalogue
    from igny8_core.business.billing import catalogue
    from igny8_core.business.billing.pricing import price
    from igny8_core.business.billing.usage import Usage

    usage = Usage(input_tokens=1000, cached_input_tokens=500, output_tokens=100)
    found: list[tuple[int, int, int]] = []

    def call(first: int) -> None:
        started = time.perf_counter()
        for n in range(int(SECONDS / PACE_SECONDS)):
            name = f"large-{1 + (first + n) % MODELS}"
            due = started + n * PACE_SECONDS
            time.sleep(max(0.0, due - time.perf_counter()))
            begun = time.perf_counter_ns()
            model = catalogue.current(constants_catalogue).resolve(name, "text")
            resolved = time.perf_counter_ns()
            cost = price(model.card, usage).total_usd
            priced = time.perf_counter_ns()
            assert cost > 0
            found.append((resolved - begun, priced - begun, priced - int(due * 1e9)))

    callers = [threading.Thread(target=call, args=[number * 1000]) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return found


def edits() -> list[float]:
    """Milliseconds of each edit, as a form makes it: the row saved with its history, in a transaction."""
    each = raised()
    next(each)
    return [ms(lambda: next(each)) for _ in range(20 * ROUNDS)]


def raised() -> Iterator[ModelRate]:
    """Again and again a rate of another model, from all over the catalogue, a little dearer, committed."""
    from django.db import transaction

    from igny8_core.business.billing.models import ModelRate

    rates = list(ModelRate.objects.filter(unit="web_searches", model__provider="large").order_by("id"))
    random.Random(5).shuffle(rates)
    while True:
        for rate in rates:
            rate.amount += Decimal("0.000001")
            with transaction.atomic():
                rate.save()
            yield rate


def ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def megabytes() -> float:
    """What the process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1_000_000


if __name__ == "__main__":
    main()
