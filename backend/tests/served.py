"""The product, served as `make run` does it, on the session's database, with an address that makes charged calls."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dev.serving import serving
from igny8_core.business.credits.models import Account
from tests.callable_model import CallableModel


@dataclass(frozen=True, slots=True)
class Served:
    url: str

    def call(self, account: Account, model: CallableModel) -> dict[str, Any]:
        """A charged call that the serving process itself makes: cost, input_tokens, output_tokens, source."""
        query = f"account={account.slug}&model={model.name}"
        request = urllib.request.Request(f"{self.url}/test/call?{query}", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            said: dict[str, Any] = json.load(answer)
            return said


@contextmanager
def serving_product(*, workers: int = 1) -> Iterator[Served]:
    with serving(
        environment=os.environ, application="tests.call_address:application", workers=workers
    ) as url:
        yield Served(url)
