"""A model of a test's own: its provider is a row, its answers come from the emulator over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from igny8_core.ai.emulator.client import Count, Emulator
from igny8_core.business.billing.models import AIModelConfig, AIProvider


@dataclass(frozen=True, slots=True)
class CallableModel:
    """`script` tells the emulator how to answer this model's calls; `count` is how many calls it received."""

    emulator: Emulator
    provider: AIProvider
    config: AIModelConfig

    @property
    def name(self) -> str:
        return self.config.model_name

    def script(self, *scripts: dict[str, Any]) -> None:
        self.emulator.script(self.provider.slug, list(scripts))

    def answers_with_usage(self, input_tokens: int, output_tokens: int) -> None:
        self.script({"usage": {"prompt_tokens": input_tokens, "completion_tokens": output_tokens}})

    def count(self) -> Count:
        return self.emulator.count(self.provider.slug)

    def journal(self) -> list[dict[str, Any]]:
        return self.emulator.journal(self.provider.slug)


@contextmanager
def make_callable_model(emulator: Emulator, **fields: Any) -> Iterator[CallableModel]:
    name = f"emulated-{uuid4().hex[:12]}"
    provider = AIProvider.objects.create(
        slug=name,
        name=name,
        dialect="openai-compatible",
        base_url=emulator.base_url(name),
        api_key_env="IGNY8_TEST_PROVIDER_KEY",
    )
    config = AIModelConfig.objects.create(model_name=name, display_name=name, provider=provider, **fields)
    try:
        yield CallableModel(emulator, provider, config)
    finally:
        config.delete()
        provider.delete()
