"""price_response: a provider's reply, its usage, a line for each unit, and the total."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError

import igny8_core
from igny8_core.business.billing.models import AIModelConfig, ModelRate, PriceVersion
from igny8_core.business.credits.models import CreditUsageLog
from tests.modules.billing_commands.conftest import Run, chat

MANAGE = Path(igny8_core.__file__).parent.parent / "manage.py"


def test_a_reply_is_priced_line_by_line(model: AIModelConfig, run: Run) -> None:
    body = chat(model.model_name, prompt_tokens_details={"cached_tokens": 600, "audio_tokens": 100})
    ran = run(body)
    assert ran.code == 0
    assert ran.objects == [
        {
            "model": model.model_name,
            "usage": {
                "input_tokens": 300,
                "cached_input_tokens": 600,
                "audio_input_tokens": 100,
                "output_tokens": 500,
            },
            "lines": [
                {
                    "unit": "input_tokens",
                    "quantity": 300,
                    "amount": "2.5",
                    "per": 1_000_000,
                    "condition": "",
                    "amount_usd": "0.00075",
                },
                {
                    "unit": "cached_input_tokens",
                    "quantity": 600,
                    "amount": "1.25",
                    "per": 1_000_000,
                    "condition": "",
                    "amount_usd": "0.00075",
                },
                {
                    "unit": "audio_input_tokens",
                    "quantity": 100,
                    "amount": "40",
                    "per": 1_000_000,
                    "condition": "",
                    "amount_usd": "0.004",
                },
                {
                    "unit": "output_tokens",
                    "quantity": 500,
                    "amount": "10",
                    "per": 1_000_000,
                    "condition": "",
                    "amount_usd": "0.005",
                },
            ],
            "cost_usd": "0.0105",
            "confidence": "exact",
            "error": None,
        }
    ]


def test_for_a_person_it_is_the_sum_as_one_would_write_it(model: AIModelConfig, run: Run) -> None:
    ran = run(chat(model.model_name, prompt_tokens_details={"cached_tokens": 600}), json=False)
    assert ran.output.splitlines() == [
        f"line 1: {model.model_name}",
        "usage: input_tokens 400, cached_input_tokens 600, output_tokens 500",
        "400  input tokens         at $2.5 per 1,000,000     $0.001",
        "600  cached input tokens  at $1.25 per 1,000,000  $0.00075",
        "500  output tokens        at $10 per 1,000,000      $0.005",
        "     total                                        $0.00675",
        "exact",
        "",
    ]


def test_it_charges_and_logs_nothing(model: AIModelConfig, run: Run) -> None:
    before = CreditUsageLog.objects.count()
    run(chat(model.model_name))
    assert CreditUsageLog.objects.count() == before


def test_each_line_has_its_own_provider_and_model(model: AIModelConfig, run: Run) -> None:
    name = model.model_name
    message = {
        "type": "message",
        "model": "claude-x",
        "usage": {"input_tokens": 40, "cache_read_input_tokens": 60, "output_tokens": 50},
    }
    gemini = {
        "modelVersion": f"models/{name}",
        "usageMetadata": {
            "promptTokenCount": 1000,
            "cachedContentTokenCount": 600,
            "candidatesTokenCount": 500,
        },
    }
    ran = run(
        [
            {"provider": "openai", "model": name, "body": chat(None)},
            {"provider": "anthropic", "model": name, "body": message},
            {"provider": "google", "body": gemini},
            {"provider": model.provider_id, "body": json.dumps(chat(name))},
            {"body": gemini},
            chat(name),
        ]
    )
    # 0.0025 + 0.005; 40 x 2.50 + 60 x 1.25 + 50 x 10; 400 x 2.50 + 600 x 1.25 + 500 x 10
    costs = ["0.0075", "0.000675", "0.00675", "0.0075", "0.00675", "0.0075"]
    assert [each["cost_usd"] for each in ran.objects] == costs
    assert {each["model"] for each in ran.objects} == {name}
    assert ran.code == 0


def test_a_file_of_a_batch_is_read_as_it_is(model: AIModelConfig, run: Run) -> None:
    ModelRate.objects.create(model=model, unit="input_tokens", amount=Decimal("1.25"), is_batch=True)
    ModelRate.objects.create(model=model, unit="output_tokens", amount=Decimal(5), is_batch=True)
    lines = [
        {"custom_id": str(number), "response": {"status_code": 200, "body": chat(model.model_name)}}
        for number in range(3)
    ]
    found = run(lines).objects
    assert [each["cost_usd"] for each in found] == ["0.00375"] * 3
    assert found[0]["lines"][0]["condition"] == "batch"


def test_a_name_is_a_models_or_a_declared_alias_and_nothing_like_it(model: AIModelConfig, run: Run) -> None:
    name = model.model_name
    ran = run([chat(f"{name}-2024-08-06"), chat(f"{name}-2024-11-20"), chat(name[:-1]), chat(name.upper())])
    assert [each["model"] for each in ran.objects] == [
        name,
        f"{name}-2024-11-20",
        name[:-1],
        name.upper(),
    ]
    assert [each["cost_usd"] for each in ran.objects] == ["0.0075", None, None, None]
    assert ran.objects[1]["error"] == {
        "code": "unknown_model",
        "message": f"no model or alias is named '{name}-2024-11-20'; names are matched whole: if it costs what another"
        " model costs, add it there as an alias",
    }
    assert ran.code == 1


def test_a_model_that_is_switched_off_is_priced_all_the_same(model: AIModelConfig, run: Run) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(is_active=False)
    assert run(chat(model.model_name)).objects[0]["cost_usd"] == "0.0075"


def test_what_has_no_rate_has_no_price_and_the_rest_goes_on(model: AIModelConfig, run: Run) -> None:
    unpriced = chat(model.model_name, prompt_tokens_details={"cache_write_tokens": 100})
    ran = run([unpriced, chat(model.model_name)])
    first, second = ran.objects
    assert (first["cost_usd"], first["confidence"], first["lines"]) == (None, "unpriced", [])
    assert first["usage"] == {"input_tokens": 900, "cache_write_30m_tokens": 100, "output_tokens": 500}
    assert first["error"] == {
        "code": "unpriced_usage",
        "message": f"{model.model_name} has no rate for 100 cache_write_30m_tokens",
    }
    assert second["cost_usd"] == "0.0075"
    assert ran.code == 1


def test_an_estimate_is_marked(model: AIModelConfig, run: Run) -> None:
    ModelRate.objects.create(
        model=model, unit="cache_write_30m_tokens", amount=Decimal("3.125"), is_estimate=True
    )
    body = chat(model.model_name, prompt_tokens_details={"cache_write_tokens": 100})
    found = run(body)
    assert (found.objects[0]["cost_usd"], found.objects[0]["confidence"]) == ("0.0075625", "estimated")
    assert found.code == 0
    assert "at $3.125 per 1,000,000 (an estimate)" in run(body, json=False).output


def test_at_a_time_it_is_priced_as_it_was_then(model: AIModelConfig, run: Run) -> None:
    name = model.model_name
    made = PriceVersion.objects.filter(model_name=name).latest("recorded_at", "id").recorded_at
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(5))
    edited = PriceVersion.objects.filter(model_name=name).latest("recorded_at", "id").recorded_at
    assert run(chat(name)).objects[0]["cost_usd"] == "0.01"
    assert run(chat(name), at=edited.isoformat()).objects[0]["cost_usd"] == "0.01"
    just_before = edited - timedelta(microseconds=1)
    assert run(chat(name), at=just_before.isoformat()).objects[0]["cost_usd"] == "0.0075"
    assert run(chat(f"{name}-2024-08-06"), at=made.isoformat()).objects[0]["cost_usd"] == "0.0075"
    never = run(chat(name), at="2020-01-01")
    assert never.objects[0]["error"] == {
        "code": "unknown_model",
        "message": f"no prices of '{name}' are known at 2020-01-01T00:00:00+00:00",
    }


def test_a_scheduled_price_is_that_of_its_time(model: AIModelConfig, run: Run) -> None:
    ModelRate.objects.create(
        model=model, unit="input_tokens", amount=Decimal(25), valid_from="2999-01-01T00:00:00Z"
    )
    assert run(chat(model.model_name)).objects[0]["cost_usd"] == "0.0075"
    later = run(chat(model.model_name), at="2999-01-01T00:00:00Z")
    assert later.objects[0]["cost_usd"] == "0.03"


def test_a_model_that_was_deleted_is_priced_at_the_time_it_was_there(run: Run, model: AIModelConfig) -> None:
    name = f"{model.model_name}-gone"
    gone = AIModelConfig.objects.create(
        model_name=name,
        display_name=name,
        model_type="text",
        provider=model.provider,
        input_cost_per_1m=Decimal(1),
        output_cost_per_1m=Decimal(2),
    )
    then = PriceVersion.objects.filter(model_name=name).latest("recorded_at", "id").recorded_at
    gone.delete()
    assert run(chat(name)).objects[0]["error"]["code"] == "unknown_model"
    assert run(chat(name), at=then.isoformat()).objects[0]["cost_usd"] == "0.002"


def test_a_time_that_is_none_is_refused(run: Run) -> None:
    with pytest.raises(CommandError, match="--at 'yesterday' is no time"):
        run(chat("gpt-4o"), at="yesterday")


def test_decimals_are_read_as_they_are_written(model: AIModelConfig, run: Run) -> None:
    ModelRate.objects.create(model=model, unit="reported_nanousd", amount=Decimal(1), per=10**9)
    body = '{"data": [{"taskType": "imageInference", "taskUUID": "u", "imageURL": "i", "cost": 0.000600000}]}'
    found = run(body, provider="runware", model=model.model_name).objects[0]
    assert (found["usage"], found["cost_usd"]) == ({"reported_nanousd": 600_000}, "0.0006")


def test_an_image_whose_size_is_not_said_is_not_guessed(model: AIModelConfig, run: Run) -> None:
    for size, quality, amount in (("", "", "0.04"), ("1024x1792", "", "0.08"), ("1024x1792", "hd", "0.12")):
        ModelRate.objects.create(
            model=model,
            unit="images",
            per=1,
            amount=Decimal(amount),
            image_size=size,
            image_quality=quality,
        )
    line = {"model": model.model_name, "body": {"created": 1, "data": [{"url": "https://a"}]}}
    ran = run([line, {**line, "size": "1024x1792"}, {**line, "size": "1024x1792", "quality": "hd"}])
    assert [each["cost_usd"] for each in ran.objects] == [None, "0.08", "0.12"]
    assert ran.objects[0]["error"]["code"] == "unclear_reply"
    assert "has 3 prices for an image: give size" in ran.objects[0]["error"]["message"]


def test_standard_input_is_read(model: AIModelConfig, run: Run) -> None:
    assert run(chat(model.model_name), is_stdin=True).objects[0]["cost_usd"] == "0.0075"


def test_it_runs_as_a_command_of_its_own() -> None:
    ran = subprocess.run(
        [sys.executable, str(MANAGE), "price_response", "--json", "-"],
        input=json.dumps(chat("gpt-4o-mini", prompt=4808, completion=10)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["cost_usd"] == "0.0007272"


def test_a_standard_input_that_is_closed_is_told() -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", '"$@" <&-', "sh", sys.executable, str(MANAGE), "price_response", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1,
        "",
        "CommandError: -: the standard input is closed\n",
    )


def test_it_ends_quietly_when_its_reader_has_seen_enough(tmp_path: Path) -> None:
    replies = tmp_path / "many"
    replies.write_text((json.dumps(chat("gpt-4o-mini")) + "\n") * 5000)
    with subprocess.Popen(
        [sys.executable, str(MANAGE), "price_response", str(replies)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == "line 1: gpt-4o-mini\n"
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 128 + signal.SIGPIPE
