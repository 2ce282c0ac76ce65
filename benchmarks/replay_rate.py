"""How many rows of usage a second are priced and charged, beside `pgbench -N` on the same server.

A throwaway server with durable settings, one process and one account; pgbench with one client, its simple update in a
transaction each. Interleaved, medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from dev.binaries import find_binaries
from dev.postgres import throwaway_server

ROWS = 5_000
ROUNDS = 5
PGBENCH_SECONDS = 4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "igny8_core.project.settings")
os.environ.setdefault("SECRET_KEY", "benchmark")


def main() -> None:
    with throwaway_server() as server, tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = server.url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        pgbench = find_binaries().folder / "pgbench"
        subprocess.run([pgbench, "-i", "-q", "-s", "10", server.url], check=True, capture_output=True)
        pairs = [
            (replay(Path(folder), number), transactions(pgbench, server.url)) for number in range(ROUNDS)
        ]
        show_settings()
    rows, reference = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"replay, {ROUNDS} rounds of {ROWS:,} rows in batches of 500, medians")
    print(f"  rows a second        {rows:8,.0f}")
    print(f"  pgbench -N, 1 client {reference:8,.0f}   (reference)")
    print(f"  ratio                {ratio:8.2f}")


def replay(folder: Path, number: int) -> float:
    from igny8_core.ai.constants import constants_catalogue
    from igny8_core.business.credits import ledger
    from igny8_core.business.credits.models import Account
    from igny8_core.business.credits.replay import replay_usage
    from igny8_core.business.credits.usage_file import Columns, read_usage

    account = Account.objects.create(slug=f"replay-{number}", name="Replay")
    ledger.grant(account_id=account.pk, external_id="g", source="purchase", amount=Decimal(100_000))
    path = folder / f"{number}.csv"
    lines = (f"{n},{500 + 13 * (n % 400)},{20 + n % 50}" for n in range(ROWS))
    path.write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "\n".join(lines))
    started = time.perf_counter()
    done = replay_usage(
        rows=read_usage(path, Columns()),
        account_id=account.pk,
        model="gpt-4o-mini",
        fallback=constants_catalogue,
    )
    seconds = time.perf_counter() - started
    assert done.charged == ROWS
    return ROWS / seconds


def transactions(pgbench: Path, url: str) -> float:
    command = [pgbench, "-N", "-n", "-c", "1", "-T", str(PGBENCH_SECONDS), url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    [line] = [line for line in output.splitlines() if line.startswith("tps")]
    return float(line.split()[2])


def show_settings() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
        values = []
        for name in names:
            cursor.execute("SELECT current_setting(%s)", [name])
            row = cursor.fetchone()
            values.append(f"{name} = {row[0] if row else '?'}")
    print(", ".join(values))


if __name__ == "__main__":
    main()
