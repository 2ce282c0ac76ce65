"""While the tables of prices are rolled back, their pages say so, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client


@pytest.fixture
def _rolled_back(operator: Client) -> Iterator[None]:
    call_command("migrate", "billing", "0019", verbosity=0)
    yield
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("_rolled_back")
@pytest.mark.parametrize(
    "page",
    [
        "aimodelconfig/",
        "aimodelconfig/1/change/",
        "aimodelconfig/1/prices/",
        "aimodelconfig/compare/",
        "aimodelconfig/compare/?model=gpt-4o&model=gpt-4.1",
        "aiprovider/",
    ],
)
def test_a_page_of_prices_says_that_they_are_rolled_back(operator: Client, page: str) -> None:
    answer = operator.get(f"/admin/billing/{page}")
    assert answer.status_code == 503
    assert "priced from the constants" in answer.content.decode()


@pytest.mark.usefixtures("_rolled_back")
@pytest.mark.parametrize(
    "page", ["", "credits/account/", "credits/creditusagelog/", "usage/alerts/", "auth/user/"]
)
def test_the_other_pages_go_on(operator: Client, page: str) -> None:
    assert operator.get(f"/admin/{page}").status_code == 200
