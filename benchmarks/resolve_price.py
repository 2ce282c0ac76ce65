"""How long it takes to find a model's card in the snapshot and to price a usage with it, Decimal total included.

A block is one pass over a mix of calls, timed with perf_counter_ns; a time per call is a block's over the number of its
calls, and p50 is the median of all blocks. The contenders take turns, round by round, and a ratio is the median of the
rounds' ratios.

The plain mix: five text models in turn, twenty sizes of prompt and answer each, given to all contenders as each wants
it: usages made before, provider named. Every condition: models with cached input, cache writes, reasoning, two tiers,
batch, a long-context threshold, searches and images by size and quality, one of them with four periods of prices, and
usages that hit them all in turn. References of the same run: the plain sum written out, `genai_prices.calc_price`, and
`litellm.cost_per_token` in an interpreter and an environment of its own (.venv-litellm, made here where it can be, or
the Python that LITELLM_PYTHON names).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
os.environ.setdefault("DATABASE_URL", "postgres:///unused")
os.environ.setdefault("SECRET_KEY", "benchmark")

import genai_prices

from igny8_core.ai.constants import MODEL_RATES, PROVIDER, constants_catalogue
from igny8_core.business.billing.catalogue import Catalogue, Entry, Models
from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet
from igny8_core.business.billing.pricing import price
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.usage import MTOK, Usage

ROUNDS: Final = 15
OURS, THEIRS = 100, 3  # blocks in a round
MILLION = Decimal(MTOK)

# Never 1.82.7 or 1.82.8: they carried a credential stealer.
LITELLM: Final = "litellm==1.106.2"
LITELLM_VENV: Final = Path(__file__).parents[1] / ".venv-litellm"
INSTALL_SECONDS: Final = 300

PLAIN: Final = [
    (model, 100 + 367 * n, 10 + 71 * n) for n in range(20) for model in MODEL_RATES
]  # model, input tokens, output tokens

CONDITIONS: Final = tuple(
    Rate(unit, Decimal(amount), per, **conditions)
    for unit, amount, per, conditions in (
        ("cached_input_tokens", "0.125", MTOK, {}),
        ("cache_write_5m_tokens", "1.5625", MTOK, {}),
        ("cache_write_1h_tokens", "2.5", MTOK, {}),
        ("reasoning_tokens", "12", MTOK, {}),
        ("input_tokens", "2.5", MTOK, {"above_input_tokens": 200_000}),
        ("output_tokens", "15", MTOK, {"above_input_tokens": 200_000}),
        ("cached_input_tokens", "0.25", MTOK, {"above_input_tokens": 200_000}),
        ("input_tokens", "0.625", MTOK, {"service_tier": "flex"}),
        ("output_tokens", "5", MTOK, {"service_tier": "flex"}),
        ("input_tokens", "2.25", MTOK, {"service_tier": "priority"}),
        ("output_tokens", "20", MTOK, {"service_tier": "priority"}),
        ("input_tokens", "0.62", MTOK, {"service_tier": "*", "is_batch": True}),
        ("output_tokens", "4.9", MTOK, {"service_tier": "*", "is_batch": True}),
        ("audio_input_tokens", "32", MTOK, {}),
        ("audio_output_tokens", "64", MTOK, {}),
        ("web_searches", "10", 1000, {"service_tier": "*", "is_batch": None}),
        ("images", "0.04", 1, {}),
        ("images", "0.08", 1, {"image_size": "1024x1792"}),
        ("images", "0.09", 1, {"image_quality": "hd"}),
        ("images", "0.12", 1, {"image_size": "1024x1792", "image_quality": "hd"}),
    )
)
USAGES: Final = (
    Usage(input_tokens=1200, cached_input_tokens=6400, output_tokens=350),
    Usage(input_tokens=900, cache_write_5m_tokens=5000, cache_write_1h_tokens=700, output_tokens=80),
    Usage(input_tokens=2100, output_tokens=240, reasoning_tokens=3900),
    Usage(input_tokens=150_000, cached_input_tokens=60_000, output_tokens=1500),
    Usage(input_tokens=800, output_tokens=90, service_tier="flex"),
    Usage(input_tokens=800, output_tokens=90, service_tier="priority"),
    Usage(input_tokens=40_000, output_tokens=2500, is_batch=True),
    Usage(input_tokens=40_000, output_tokens=2500, is_batch=True, service_tier="flex", web_searches=1),
    Usage(input_tokens=500, audio_input_tokens=800, audio_output_tokens=300, output_tokens=60),
    Usage(images=2),
    Usage(images=1, image_size="1024x1792", image_quality="hd"),
    Usage(
        input_tokens=120_000,
        cached_input_tokens=90_000,
        cache_write_5m_tokens=4000,
        cache_write_1h_tokens=300,
        output_tokens=700,
        reasoning_tokens=2200,
        audio_input_tokens=100,
        audio_output_tokens=50,
        images=1,
        image_size="1024x1792",
        web_searches=3,
    ),
)

Contender = Callable[[], list[float]]


def main() -> None:
    conditions = conditions_catalogue()
    whole = [(name, usage) for usage in USAGES for name in ("conditions", "scheduled")]
    contenders: dict[str, Contender] = {
        "ours": timed(plain_calls(), OURS),
        "every condition": timed(priced(conditions, whole), OURS),
        "the longest of them": timed(priced(conditions, [("scheduled", USAGES[-1])] * 20), OURS),
        "resolving": timed(resolved(), OURS),
        "constructing a Usage": timed(constructed(), OURS),
        "written out": timed(written_out(), OURS),
        "genai_prices": timed(genai_calls(), THEIRS),
    }
    with_litellm = start_litellm()
    if with_litellm is not None:
        contenders["litellm"] = with_litellm
    rounds: list[dict[str, list[float]]] = [
        {name: contender() for name, contender in contenders.items()} for _ in range(ROUNDS)
    ]
    report(rounds)


def report(rounds: Sequence[dict[str, list[float]]]) -> None:
    def p50(name: str) -> float:
        return statistics.median(time for each in rounds for time in each[name])

    def ratio(name: str) -> float:
        return statistics.median(
            statistics.median(each[name]) / statistics.median(each["ours"]) for each in rounds
        )

    print(f"resolve + price, p50 in microseconds of {ROUNDS} rounds")
    print(f"  the plain mix               {p50('ours'):8.2f}")
    print(f"  every condition in turn     {p50('every condition'):8.2f}")
    print(f"  the longest usage of these  {p50('the longest of them'):8.2f}")
    print(f"  resolving alone             {p50('resolving'):8.2f}")
    print(f"  constructing a plain Usage  {p50('constructing a Usage'):8.2f}   (not in the above)")
    print("the plain mix, elsewhere, and how many times ours that is")
    for name in ("written out", "genai_prices", "litellm"):
        if name in rounds[0]:
            print(f"  {name:26}  {p50(name):8.2f}   {ratio(name):6.1f} x")


def timed(block: tuple[Callable[[], None], int], blocks: int) -> Contender:
    """Microseconds of a call in each of `blocks` passes, after one that is not counted."""
    work, calls = block

    def run() -> list[float]:
        work()
        found = []
        for _ in range(blocks):
            started = time.perf_counter_ns()
            work()
            found.append((time.perf_counter_ns() - started) / calls / 1000)
        return found

    return run


def priced(catalogue: Catalogue, calls: Sequence[tuple[str, Usage]]) -> tuple[Callable[[], None], int]:
    def block() -> None:
        for name, usage in calls:
            _ = price(catalogue.resolve(name, "text").card, usage).total_usd

    return block, len(calls)


def plain_calls() -> tuple[Callable[[], None], int]:
    catalogue = constants_catalogue(None)
    calls = [(model, Usage(input_tokens=sent, output_tokens=back)) for model, sent, back in PLAIN]
    for (model, sent, back), (_, usage) in zip(PLAIN, calls, strict=True):
        ours = price(catalogue.resolve(model, "text").card, usage).total_usd
        assert Fraction(ours) == cost(model, sent, back), (model, sent, back, ours)
    return priced(catalogue, calls)


def resolved() -> tuple[Callable[[], None], int]:
    catalogue = constants_catalogue(None)

    def block() -> None:
        for model, _, _ in PLAIN:
            _ = catalogue.resolve(model, "text").card

    return block, len(PLAIN)


def constructed() -> tuple[Callable[[], None], int]:
    def block() -> None:
        for _, sent, back in PLAIN:
            _ = Usage(input_tokens=sent, output_tokens=back)

    return block, len(PLAIN)


def written_out() -> tuple[Callable[[], None], int]:
    def block() -> None:
        for model, sent, back in PLAIN:
            rates = MODEL_RATES[model]
            _ = (sent * rates["input"] + back * rates["output"]) / MILLION

    return block, len(PLAIN)


def genai_calls() -> tuple[Callable[[], None], int]:
    calls = [
        (model, genai_prices.Usage(input_tokens=sent, output_tokens=back)) for model, sent, back in PLAIN
    ]
    for (model, sent, back), (_, usage) in zip(PLAIN, calls, strict=True):
        theirs = genai_prices.calc_price(usage, model, provider_id="openai").total_price
        assert Fraction(theirs) == cost(model, sent, back), (model, sent, back, theirs)

    def block() -> None:
        for model, usage in calls:
            _ = genai_prices.calc_price(usage, model, provider_id="openai").total_price

    return block, len(calls)


def start_litellm() -> Contender | None:
    """A process that times itself when it is told to, or None, said aloud."""
    python = os.environ.get("LITELLM_PYTHON") or install_litellm()
    if python is None:
        print(f"{LITELLM} is not here and could not be installed: skipped")
        return None
    child = subprocess.Popen(
        [python, Path(__file__).with_name("_litellm_calls.py"), json.dumps(PLAIN), str(THEIRS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Its own prices: it would ask the network for newer ones.
        env={"PATH": os.environ["PATH"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    stdin, stdout = child.stdin, child.stdout
    first = stdout.readline()
    if not first:
        sys.exit(f"{python} cannot import litellm")
    for (model, sent, back), theirs in zip(PLAIN, json.loads(first), strict=True):
        assert abs(Fraction(theirs) - cost(model, sent, back)) < Fraction(1, 10**9), (
            model,
            sent,
            back,
            theirs,
        )

    def run() -> list[float]:
        print("again", file=stdin, flush=True)
        found: list[float] = json.loads(stdout.readline())
        return found

    return run


def install_litellm() -> str | None:
    """The Python of the environment that has it, made where it is missing."""
    python = LITELLM_VENV / "bin" / "python"
    installed = LITELLM_VENV / LITELLM
    if not installed.exists():
        print(f"installing {LITELLM} into {LITELLM_VENV.name} …", flush=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", LITELLM_VENV], check=True)
            pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
            subprocess.run(
                [*pip, "install", LITELLM], check=True, timeout=INSTALL_SECONDS, capture_output=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        installed.touch()
    return str(python)


def cost(model: str, sent: int, back: int) -> Fraction:
    """USD, by another arithmetic."""
    rates = MODEL_RATES[model]
    return (sent * Fraction(rates["input"]) + back * Fraction(rates["output"])) / MTOK


def conditions_catalogue() -> Catalogue:
    now = datetime.now(UTC)
    changes = [now - timedelta(days=300), now - timedelta(days=30), now + timedelta(days=30)]
    scheduled = [
        DatedRate(Rate("file_searches", Decimal(2 + n), 1000), begins, ends)
        for n, (begins, ends) in enumerate(zip([None, *changes], [*changes, None], strict=True))
    ]
    always = [DatedRate(rate) for rate in CONDITIONS]
    models = Models(
        (name, entry(name, tuple(rates)))
        for name, rates in (("conditions", always), ("scheduled", [*always, *scheduled]))
    )
    return Catalogue(None, "constants", models, now, time.monotonic())


def entry(name: str, rates: tuple[DatedRate, ...]) -> Entry:
    return Entry(
        name=name,
        model_type="text",
        is_active=True,
        is_default=False,
        context_window=None,
        max_output_tokens=None,
        valid_sizes=(),
        provider=PROVIDER,
        read_sheet=lambda: PriceSheet(
            model=name,
            provider=PROVIDER.slug,
            source="constants",
            input_cost_per_1m=Decimal("1.25"),
            output_cost_per_1m=Decimal(10),
            rates=rates,
        ),
    )


main()
