"""`manage.py report_holds`: a table for people, one object for programs, and clear refusals."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from igny8_core.business.credits.models import Account
from tests.ledger_calls import held, settle


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("report_holds", *arguments, stdout=output)
    return output.getvalue()


def test_the_object_has_exact_texts(account: Account) -> None:
    settle(held(account, "10.000001"), 4)
    settle(held(account, 10), 13)
    figures = {
        "calls": 2,
        "held": "20.000001",
        "charged": "17",
        "ratio": "1.1765",
        "median_ratio": "0.7692",
        "p95_ratio": "2.5",
        "overruns": 1,
        "overrun_credits": "3",
    }

    assert json.loads(run("--account", account.slug, "--json")) == {
        "days": 30,
        "account": account.slug,
        "models": [{"model": "test", **figures}],
        "total": {"model": None, **figures},
    }


def test_the_table_has_a_row_for_each_model_and_one_for_all(account: Account) -> None:
    settle(held(account, 10), 4)

    assert run("--account", account.slug, "--days", "1").splitlines() == [
        "model  calls  held  charged  held / charged  median  p95  overruns  above the hold",
        "test       1    10        4             2.5     2.5  2.5         0               0",
        "all        1    10        4             2.5     2.5  2.5         0               0",
    ]


def test_an_account_without_calls_has_no_ratio(account: Account) -> None:
    assert run("--account", account.slug).splitlines()[1:] == [
        "all        0     0        0               –       –    –         0               0"
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--account", "nobody"], "account 'nobody' does not exist"),
        (["--days", "0"], "--days is 0; it must be from 1 to 3660"),
        (["--days", "3661"], "--days is 3661; it must be from 1 to 3660"),
    ],
)
def test_what_cannot_be_reported_is_refused_in_words(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
