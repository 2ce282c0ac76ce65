"""Input that is no reply says so in a sentence with its line; the rest of the file goes on."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.billing.management import replies
from igny8_core.modules.billing.management.replies import read_replies
from tests.modules.billing_commands.conftest import Run, chat


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("not json", "not_json", "line 2 is not JSON: Expecting value at column 1"),
        ('{"a": 1', "not_json", "line 2 is not JSON: Expecting ',' delimiter at column 8"),
        ('{"usage": NaN}', "not_json", "line 2 is not JSON: NaN is no number there"),
        ('{"usage": -Infinity}', "not_json", "line 2 is not JSON: -Infinity is no number there"),
        ("[1, 2]", "not_json", "line 2 is a list; a reply is one JSON object"),
        ("17", "not_json", "line 2 is no object; a reply is one JSON object"),
        ("null", "not_json", "line 2 is no object"),
        (b'{"a": "\xff"}', "not_json", "line 2 is not text in UTF-8"),
        ("[" * 100_000, "not_json", "line 2 is nested too deeply"),
        ('{"usage": ' + "1" * 5000 + "}", "not_json", "line 2 has a number with too many digits"),
        ('{"usage": 1e99999999999999999999}', "not_json", "line 2 has a number with too many digits"),
        ('{"body": "{"}', "not_json", "line 2: its body is not JSON"),
        ('{"model": 7, "body": {}}', "invalid_request", "line 2: model must be a name"),
        (
            '{"provider": "klingon", "body": {}}',
            "unknown_provider",
            "provider 'klingon' is not known; known: ",
        ),
        (
            '{"body": {}}',
            "unclear_reply",
            "the reply's shape does not say whose it is: it is an object of nothing",
        ),
        ('{"body": null}', "unclear_reply", "whose it is: it is null"),
        ('{"id": 1, "text": "Hi"}', "unclear_reply", "it is an object of id, text"),
        ('{"choices": [], "usageMetadata": {}}', "unclear_reply", "it could be of openai or google"),
        ('{"error": {"message": "Quota"}}', "unclear_reply", "an error, which is billed nothing: Quota"),
        ('{"choices": [], "usage": {"prompt_tokens": 5}}', "unclear_reply", "names no model"),
        ('{"choices": [], "usage": {"prompt_tokens": -5}}', "unreadable_reply", "prompt_tokens is -5"),
        (
            '{"provider": "anthropic", "body": {"choices": [], "usage": {"prompt_tokens": 5}}}',
            "unreadable_reply",
            "no message of Anthropic's",
        ),
    ],
)
def test_a_line_that_is_no_reply_is_told_and_the_rest_goes_on(
    model: AIModelConfig, run: Run, line: str | bytes, code: str, sentence: str
) -> None:
    good = json.dumps(chat(model.model_name)).encode()
    bad = line if isinstance(line, bytes) else line.encode()
    ran = run(b"\n".join([good, bad, good]))
    assert [each["cost_usd"] for each in ran.objects] == ["0.0075", None, "0.0075"]
    found = ran.objects[1]
    assert found["error"]["code"] == code
    assert sentence in found["error"]["message"]
    assert (found["confidence"], found["lines"]) == ("unpriced", [])
    assert ran.code == 1


@pytest.mark.parametrize(
    "line",
    [
        {"model": "gpt-9", "choices": [], "usage": None},
        {"model": "gpt-9", "id": 1},
        {"provider": "klingon", "model": "gpt-9", "body": {}},
        {"provider": "klingon", "body": {"model": "gpt-9"}},
        {"modelVersion": "models/gpt-9", "usageMetadata": {}},
        {"custom_id": "a", "response": {"body": {"model": "gpt-9", "choices": []}}},
        {"custom_id": "a", "result": {"type": "succeeded", "message": {"model": "gpt-9"}}},
    ],
)
def test_a_model_that_is_named_is_named_also_where_nothing_else_is_understood(
    run: Run, line: dict[str, Any]
) -> None:
    [found] = run([line]).objects
    assert (found["model"], found["cost_usd"]) == ("gpt-9", None)
    assert run([line], json=False).output.startswith("line 1: gpt-9\nno price: ")


@pytest.mark.parametrize(
    ("usage", "sentence"),
    [
        (
            None,
            "this is an answer without usage; in a stream only the last chunk has it, if it was asked for",
        ),
        (
            {"prompt_tokens": 1.5},
            "this is an answer whose counts cannot be right: prompt_tokens is 1.5; it must be a whole number from 0 to"
            " 1000000000000",
        ),
        (
            {"prompt_tokens": True},
            "this is an answer whose counts cannot be right: prompt_tokens is true; it must be a whole number from 0 to"
            " 1000000000000",
        ),
    ],
)
def test_what_is_wrong_is_a_sentence(run: Run, usage: Any, sentence: str) -> None:
    [found] = run([{"model": "gpt-4o", "choices": [], "usage": usage}]).objects
    assert found["error"] == {"code": "unreadable_reply", "message": sentence}


def test_for_a_person_it_says_which_line_has_no_price(model: AIModelConfig, run: Run) -> None:
    ran = run(f"{json.dumps(chat(model.model_name))}\n\nnot json\n", json=False)
    assert ran.output.splitlines()[-5:] == [
        "line 3: no model",
        "no price: line 3 is not JSON: Expecting value at column 1",
        "",
        "replies          2",
        "without a price  1",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "there is nothing to read"),
        (b" \n\t\n", "there is nothing to read"),
        (b"\x89PNG\r\n\x1a\n\0\0", "line 1 is not text in UTF-8: this is no file of JSON"),
        ('{"a": 1}'.encode("utf-16"), "line 1 is not text in UTF-8"),
        (b"PK\x03\x04\0\0", "line 1 is not text"),
    ],
)
def test_a_file_that_holds_nothing_to_read_is_refused(run: Run, content: bytes, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(CommandError, match=f"{path}: {reason}"):
            call_command("price_response", str(path))


def test_a_document_may_go_on_over_lines_begin_late_and_have_a_mark(model: AIModelConfig, run: Run) -> None:
    text = json.dumps(chat(model.model_name), indent=2)
    for content in (
        text,
        f"\n\n{text}\n",
        "\ufeff" + text,
        text.replace("\n", "\r\n"),
        text.replace("\n", "\n\n"),
    ):
        assert [each["cost_usd"] for each in run(content).objects] == ["0.0075"]


def test_a_document_that_is_broken_is_told_with_the_line_of_the_file(run: Run) -> None:
    ran = run('\n{\n  "usage": {\n\n    "prompt_tokens": ,\n  }\n}\n')
    [found] = ran.objects
    assert found["error"]["message"] == (
        "the document that begins on line 2 is not JSON: Expecting value at line 5, column 22"
    )


def test_a_first_line_that_is_cut_does_not_hide_the_others(model: AIModelConfig, run: Run) -> None:
    good = json.dumps(chat(model.model_name))
    for cut in ('{"provider": "openai", "body": {', '{"provider": "op', "{"):
        ran = run(f"{cut}\n{good}\n{good}\n")
        assert [each["cost_usd"] for each in ran.objects] == [None, "0.0075", "0.0075"]


def test_a_line_that_is_too_long_is_told_and_skipped(
    model: AIModelConfig, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "MOST_BYTES", 1000)
    good = json.dumps(chat(model.model_name))
    long = json.dumps({"body": "x" * 5000})
    ran = run(f"{good}\n{long}\n{good}\n{long}")
    assert [each["cost_usd"] for each in ran.objects] == ["0.0075", None, "0.0075", None]
    assert ran.objects[1]["error"]["message"] == "line 2 is longer than 1,000 bytes"
    spread = run('{\n"a": [\n' + "1,\n" * 1000 + "1]}\n")
    assert (
        spread.objects[0]["error"]["message"]
        == "the document that begins on line 1 is longer than 1,000 bytes"
    )


class Endless(io.RawIOBase):
    """Lines without an end, which counts how many were asked for."""

    asked = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.asked += 1
        return b'{"choices": []}\n'


def test_lines_are_read_one_at_a_time() -> None:
    endless: Any = Endless()
    found = read_replies(endless)
    assert [next(found).line for _ in range(3)] == [1, 2, 3]
    assert endless.asked == 3


def test_many_lines_take_a_moment(model: AIModelConfig, run: Run) -> None:
    lines = (json.dumps(chat(model.model_name)) + "\n") * 20_000
    started = time.monotonic()
    ran = run(lines)
    assert ran.output.count('"0.0075"') == 20_000
    # A price is microseconds of work: this is for a slip that asks the database again for each line.
    assert time.monotonic() - started < 30
