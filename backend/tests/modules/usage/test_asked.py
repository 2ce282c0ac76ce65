"""What an address asks for, and the address of what is asked for."""

import pytest
from django.http import QueryDict

from igny8_core.business.usage.by_day import Only
from igny8_core.modules.usage.asked import Asked


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", Asked()),
        ("days=7&measure=tokens", Asked(count=7, measure="tokens")),
        ("only=model:gpt-4o", Asked(only=Only(model="gpt-4o"))),
        ("only=model:ft:gpt-4o:acme", Asked(only=Only(model="ft:gpt-4o:acme"))),
        ("only=provider:openai&days=90", Asked(count=90, only=Only(provider="openai"))),
        ("days=8&measure=profit&only=account:1", Asked()),
        ("days=٧&only=model:", Asked()),
        ("days=&only=&measure=", Asked()),
    ],
)
def test_an_address_asks_for_what_it_names_or_the_default(query: str, asked: Asked) -> None:
    assert Asked.from_query(QueryDict(query)) == asked


@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked(count=90, measure="calls"),
        Asked(only=Only(model="a/b?c&d=é :e")),
        Asked(count=7, only=Only(provider="openai"), measure="credits"),
    ],
)
def test_its_address_asks_for_the_same(asked: Asked) -> None:
    assert Asked.from_query(QueryDict(asked.query.removeprefix("?"))) == asked


def test_the_default_has_the_shortest_address() -> None:
    assert (Asked().query, Asked(count=7).query) == ("?", "?days=7")
