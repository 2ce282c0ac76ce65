"""How long it takes to find a model's card in the snapshot and price a usage with it.

Reference of the same run: the same sum written out, two Decimal products and their quotient. Interleaved, medians.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from decimal import Decimal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
os.environ.setdefault("DATABASE_URL", "postgres:///unused")
os.environ.setdefault("SECRET_KEY", "benchmark")

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.usage import Usage

CALLS = 20_000
ROUNDS = 9
MILLION = Decimal(1_000_000)

catalogue = constants_catalogue(None)
usages = [Usage(input_tokens=100 + 37 * n, output_tokens=10 + 7 * n) for n in range(100)]
input_price, output_price = Decimal("0.15"), Decimal("0.60")


def resolve_and_price() -> None:
    for n in range(CALLS):
        _ = price(catalogue.resolve("gpt-4o-mini", "text").card, usages[n % 100]).total_usd


def written_out() -> None:
    for n in range(CALLS):
        usage = usages[n % 100]
        _ = (usage.input_tokens * input_price + usage.output_tokens * output_price) / MILLION


def microseconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) / CALLS * 1_000_000


def main() -> None:
    pairs = [(microseconds(resolve_and_price), microseconds(written_out)) for _ in range(ROUNDS)]
    ours, reference = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"resolve + price, {ROUNDS} rounds of {CALLS:,} calls, medians")
    print(f"  resolve + price  {ours:6.2f} us")
    print(f"  written out      {reference:6.2f} us   (reference)")
    print(f"  ratio            {ratio:6.2f}")


main()
