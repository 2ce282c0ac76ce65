"""A PostgreSQL server of a test's own, with accounts and a callable model: it may be killed, and audited whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
from django.core.management import call_command

from dev.postgres import ThrowawayServer, throwaway_server
from igny8_core.ai.emulator.client import Emulator
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.credits import ledger
from igny8_core.business.credits.models import Account
from tests.workers import BACKEND, Job, run_workers

GRANTED = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """`accounts` each have GRANTED credits; `model` costs $10 per million output tokens and nothing for input."""

    server: ThrowawayServer
    emulator: Emulator
    accounts: list[int]
    model: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.url) as connection:
            return connection.execute(query).fetchall()

    def manage(self, command: str) -> dict[str, Any]:
        """What a management command answers with --json. Fails where it exits with anything but 0."""
        done = subprocess.run(
            [sys.executable, "manage.py", command, "--json"],
            cwd=BACKEND,
            env={**os.environ, "DATABASE_URL": self.server.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


@contextmanager
def make_own_database(emulator: Emulator, *, accounts: int) -> Iterator[OwnDatabase]:
    name = f"emulated-{uuid4().hex[:12]}"
    with throwaway_server() as server:
        arguments = {"name": name, "base_url": emulator.base_url(name), "accounts": accounts}
        [[pks]] = run_workers(furnish, [arguments], seconds=120, database_url=server.url)
        yield OwnDatabase(server, emulator, pks, name)


def furnish(job: Job) -> None:
    """Runs in a worker, whose database is the new one. Reports the accounts' ids."""
    call_command("migrate", verbosity=0)
    name = job.arguments["name"]
    provider = AIProvider.objects.create(
        slug=name,
        name=name,
        dialect="openai-compatible",
        base_url=job.arguments["base_url"],
        api_key_env="IGNY8_TEST_PROVIDER_KEY",
    )
    AIModelConfig.objects.create(
        model_name=name,
        display_name=name,
        provider=provider,
        model_type="text",
        input_cost_per_1m=Decimal(0),
        output_cost_per_1m=Decimal(10),
    )
    pks = []
    for number in range(job.arguments["accounts"]):
        account = Account.objects.create(slug=f"account-{number}", name=f"Account {number}")
        ledger.grant(account_id=account.pk, external_id="first", source="purchase", amount=GRANTED)
        pks.append(account.pk)
    job.report(pks)
