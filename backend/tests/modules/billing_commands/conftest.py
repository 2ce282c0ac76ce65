"""A model with prices of its own, and price_response as a person runs it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command

from igny8_core.business.billing.models import AIModelConfig, AIProvider, ModelAlias, ModelRate

Body = dict[str, Any]
RATES = {"cached_input_tokens": "1.25", "audio_input_tokens": "40"}


@pytest.fixture
def model() -> Iterator[AIModelConfig]:
    """$2.50 in, $10 out, $1.25 cached and $40 audio in, each per million; an alias is its name and `-2024-08-06`."""
    name = f"priced-{uuid4().hex[:12]}"
    provider = AIProvider.objects.create(
        slug=name, name=name, dialect="openai", base_url="http://127.0.0.1:9/v1", api_key_env="NO_KEY"
    )
    config = AIModelConfig.objects.create(
        model_name=name,
        display_name=name,
        model_type="text",
        provider=provider,
        input_cost_per_1m=Decimal("2.50"),
        output_cost_per_1m=Decimal(10),
    )
    for unit, amount in RATES.items():
        ModelRate.objects.create(model=config, unit=unit, amount=Decimal(amount))
    ModelAlias.objects.create(model=config, name=f"{name}-2024-08-06")
    try:
        yield config
    finally:
        config.delete()
        provider.delete()


def chat(model: str | None, prompt: Any = 1000, completion: Any = 500, **usage: Any) -> Body:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, **usage}
    named = {} if model is None else {"model": model}
    return {"object": "chat.completion", "choices": [], **named, "usage": counts}


@dataclass(frozen=True, slots=True)
class Ran:
    output: str
    code: int

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs price_response on a text, bytes, an object, or a list of objects as JSON lines; as JSON unless told."""

    def run(content: Any, *, is_stdin: bool = False, **options: Any) -> Ran:
        if isinstance(content, dict):
            content = json.dumps(content)
        if isinstance(content, list):
            content = "".join(f"{json.dumps(each)}\n" for each in content)
        data = content if isinstance(content, bytes) else content.encode()
        path = tmp_path / "replies"
        path.write_bytes(data)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        output, code = io.StringIO(), 0
        try:
            call_command(
                "price_response",
                "-" if is_stdin else str(path),
                stdout=output,
                no_color=True,
                **{"json": True, **options},
            )
        except SystemExit as end:
            code = int(str(end.code))
        return Ran(output.getvalue(), code)

    return run
