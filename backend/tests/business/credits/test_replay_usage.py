"""replay_usage charges a usage file once, to the last digit, or refuses all of it."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business import postgres
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits import ledger, replay
from igny8_core.business.credits.models import Account, CreditUsageLog, Hold
from igny8_core.business.credits.usage_file import Columns, read_usage
from tests.callable_model import CallableModel
from tests.conftest import MakeAccount
from tests.ledger_calls import balance

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
ROWS = "2023-11-16 18:17:03,4808,10\n2023-11-16 18:17:04,110,27\n"


def write(folder: Path, text: str, name: str = "usage.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def run(path: Path, account: Account, model: str = "gpt-4o-mini", **options: Any) -> dict[str, Any]:
    output = StringIO()
    call_command(
        "replay_usage", str(path), account=account.slug, model=model, json=True, stdout=output, **options
    )
    result: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1])
    return result


def test_each_row_is_priced_and_charged(account: Account, tmp_path: Path) -> None:
    result = run(write(tmp_path, HEADER + ROWS), account)
    # (4,808 + 110) x 0.15/1M + (10 + 27) x 0.60/1M
    assert (result["rows"], result["charged"], result["cost_usd"]) == (2, 2, "0.0007599")
    assert result["credits"] == "0.07599"
    assert CreditUsageLog.objects.filter(account=account, status="settled").count() == 2


def test_running_it_again_charges_nothing(account: Account, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS)
    run(path, account)
    before = balance(account)
    again = run(path, account)
    assert (again["charged"], again["already_charged"], again["cost_usd"]) == (0, 2, "0.00")
    assert balance(account) == before


def test_a_renamed_file_that_has_grown_charges_only_its_new_rows(account: Account, tmp_path: Path) -> None:
    run(write(tmp_path, HEADER + ROWS), account)
    longer = write(tmp_path, HEADER + ROWS + "2023-11-16 18:17:05,1,1", name="longer.csv")
    assert run(longer, account)["charged"] == 1


def test_sorted_or_split_or_shortened_it_is_the_same_calls(account: Account, tmp_path: Path) -> None:
    run(write(tmp_path, HEADER + ROWS), account)
    first, second = ROWS.splitlines(keepends=True)
    for text in (second + first, second, first):
        assert run(write(tmp_path, HEADER + text), account)["charged"] == 0


def test_another_source_is_other_calls(account: Account, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS)
    run(path, account)
    assert run(path, account, source="second machine")["charged"] == 2


def test_two_equal_rows_are_two_calls(account: Account, tmp_path: Path) -> None:
    row = "2023-11-16 18:17:03,4808,10\n"
    assert run(write(tmp_path, HEADER + row + row), account)["charged"] == 2


def test_the_same_file_on_another_model_is_charged_again(account: Account, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS)
    run(path, account)
    assert run(path, account, model="gpt-4o")["cost_usd"] == "0.012665"


def test_columns_may_have_other_names(account: Account, tmp_path: Path) -> None:
    path = write(tmp_path, "when,in,out\nnow,4808,10\n")
    names = {"timestamp_column": "when", "input_column": "in", "output_column": "out"}
    assert run(path, account, **names)["cost_usd"] == "0.0007272"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "TIMESTAMP,ContextTokens,ContextTokens,GeneratedTokens\nx,1,9,1\n",
            "'ContextTokens' is there 2 times",
        ),
        (HEADER + ",1,1\n", "line 2, column 'TIMESTAMP': '' does not tell rows apart"),
        ("TIMESTAMP,ContextTokens\nx,1\n", "line 1: column 'GeneratedTokens' is missing"),
        (HEADER + ROWS + "x,-5,1\n", "line 4, column 'ContextTokens': '-5' is not a whole number"),
        (HEADER + ROWS + "x,1,ten\n", "line 4, column 'GeneratedTokens': 'ten' is not a whole number"),
        (HEADER + ROWS + "x,1,1.5\n", "line 4, column 'GeneratedTokens': '1.5' is not a whole number"),
        (HEADER + ROWS + "x,1000000000000,1\n", "line 4, column 'ContextTokens': '1000000000000' is not"),
        (HEADER + ROWS + "x,,1\n", "line 4, column 'ContextTokens': '' is not a whole number"),
        (HEADER + ROWS + "x,1\n", "line 4: 2 values for 3 columns"),
        (HEADER, "the file has no rows"),
        ("", "column 'TIMESTAMP' is missing"),
    ],
)
def test_a_bad_row_is_named_and_nothing_of_the_file_is_charged(
    account: Account, tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(CommandError) as caught:
        run(write(tmp_path, text), account)
    assert complaint in str(caught.value)
    assert balance(account) == (1000, 0, 0)
    assert not Hold.objects.filter(account=account).exists()


def test_a_file_that_is_not_there_is_one_sentence(account: Account, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        run(tmp_path / "absent.csv", account)


def test_an_account_or_a_model_that_is_not_there_is_named(account: Account, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS)
    with pytest.raises(CommandError, match="account 'nobody' does not exist"):
        call_command("replay_usage", str(path), account="nobody", model="gpt-4o")
    with pytest.raises(CommandError, match="text model 'gpt-9' is not available"):
        run(path, account, model="gpt-9")
    assert balance(account) == (1000, 0, 0)


def test_too_few_credits_stop_it_and_the_rest_is_charged_after_a_grant(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = make_account("0.073")  # the first row costs 0.07272
    path = write(tmp_path, HEADER + ROWS)
    with pytest.raises(CommandError, match="credits are needed"):
        run(path, account)
    assert CreditUsageLog.objects.filter(account=account, status="settled").count() == 1
    assert not Hold.objects.filter(account=account, state="held").exists()

    ledger.grant(account_id=account.pk, external_id="more", source="purchase", amount=Decimal(1))
    assert run(path, account)["charged"] == 1


def test_a_second_run_for_the_account_is_told_to_wait(account: Account, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS)
    with postgres.exclusive("replay", account.pk) as is_alone:
        assert is_alone
        with pytest.raises(CommandError, match="another replay for this account is running"):
            run(path, account)
    assert balance(account) == (1000, 0, 0)
    assert run(path, account)["charged"] == 2


def test_rows_that_a_killed_run_left_held_are_charged_by_the_next(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, HEADER + ROWS)
    with monkeypatch.context() as patch:
        patch.setattr(replay, "_settle", _killed)
        with pytest.raises(KeyboardInterrupt):
            run(path, account)
    assert Hold.objects.filter(account=account, state="held").count() == 2

    assert run(path, account)["charged"] == 2
    assert balance(account)[1] == 0


def test_a_price_that_changes_between_batches_applies_to_the_next_batch(
    account: Account, text_model: CallableModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 1)
    path = write(tmp_path, HEADER + "a,1000,0\nb,1000,0\n")

    def edit(_rows: int) -> None:
        AIModelConfig.objects.filter(pk=text_model.config.pk).update(input_cost_per_1m=3)

    result = replay.replay_usage(
        rows=read_usage(path, Columns()),
        account_id=account.pk,
        model=text_model.name,
        fallback=constants_catalogue,
        on_progress=edit,
    )
    assert str(result.cost_usd.normalize()) == "0.004"  # $0.001, then $0.003


@pytest.mark.parametrize(("model", "cost"), [("gpt-4o-mini", "2.8565337"), ("gpt-4o", "47.608895")])
def test_a_real_trace_costs_what_it_costs_row_by_row(
    make_account: MakeAccount, model: str, cost: str
) -> None:
    path = os.environ.get("IGNY8_USAGE_TRACE")
    if not path:
        pytest.skip("IGNY8_USAGE_TRACE is not set")
    account = make_account(10_000)
    result = run(Path(path), account, model=model)
    assert (result["rows"], result["charged"], result["cost_usd"]) == (8819, 8819, cost)
    assert run(Path(path), account, model=model)["charged"] == 0


def _killed(*_args: object) -> None:
    raise KeyboardInterrupt
