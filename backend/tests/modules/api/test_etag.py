"""ETag and 304 follow the catalogue version, whoever edits; If-Match refuses what was written on an old sight."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from igny8_core.business import postgres
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.modules.billing import views
from igny8_core.modules.billing.moment import Moment, read_moment
from tests.modules.api.caller import MODELS, Answer, Caller

ADDRESSES = [MODELS, f"{MODELS}?type=text", f"{MODELS}gpt-4o/"]


def tag_of(answer: Answer) -> str:
    assert answer.status == 200
    return answer.headers["ETag"]


@pytest.mark.parametrize("url", ADDRESSES)
def test_what_has_not_changed_is_304_without_a_body(reader: Caller, url: str) -> None:
    first = reader.get(url)
    tag = tag_of(first)
    assert tag.startswith('"')
    assert tag.endswith('"')
    again = reader.get(url, if_none_match=tag)
    assert (again.status, again.body) == (304, None)
    for answer in (first, again):
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert {"Accept", "Authorization", "Cookie"} <= set(answer.headers["Vary"].split(", "))


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"other", {tag}', 304),
        ('"other" ,W/{tag}, "more"', 304),
        ("*", 304),
        (" * ", 304),
        ('"other"', 200),
        ('"other", W/"more"', 200),
        ("nonsense", 200),
        ("", 200),
        ('"*"', 200),
    ],
)
@pytest.mark.parametrize("url", ADDRESSES)
def test_if_none_match_is_a_list_compared_weakly(reader: Caller, url: str, given: str, status: int) -> None:
    tag = tag_of(reader.get(url))
    assert reader.get(url, if_none_match=given.format(tag=tag)).status == status


def test_each_shape_has_a_tag_of_its_own(reader: Caller, viewer: Caller) -> None:
    tags = [tag_of(reader.get(url)) for url in (*ADDRESSES, f"{MODELS}dall-e-3/", f"{MODELS}?type=image")]
    tags.append(tag_of(reader.get(accept="application/json; indent=4")))
    tags.append(tag_of(viewer.get(f"{MODELS}?active=any")))
    assert len(set(tags)) == len(tags)


def edit_in_django(model: AIModelConfig) -> None:
    model.save()


def edit_a_query_set(model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(sort_order=5)


def edit_a_provider(model: AIModelConfig) -> None:
    AIProvider.objects.filter(slug=model.provider_id).update(name="Another")


def edit_by_psql(model: AIModelConfig) -> None:
    with psycopg.connect(**postgres.connection_options()) as other:
        other.execute("UPDATE billing_aimodelconfig SET sort_order = 7 WHERE id = %s", [model.pk])


def delete(model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).delete()


@pytest.mark.parametrize(
    "edit",
    [edit_in_django, edit_a_query_set, edit_a_provider, edit_by_psql, delete],
    ids=lambda e: e.__name__,
)
@pytest.mark.parametrize("url", ADDRESSES)
def test_any_edit_ends_it(reader: Caller, model: AIModelConfig, url: str, edit: Any) -> None:
    tag = tag_of(reader.get(url))
    edit(model)
    answer = reader.get(url, if_none_match=tag)
    assert tag_of(answer) != tag


def test_an_edit_between_version_and_rows_never_gives_old_rows_a_new_tag(
    reader: Caller, model: AIModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tag may then be older than the body, so that asking with it gives the body again."""
    url = f"{MODELS}{model.model_name}/"

    def moment_then_edit() -> Moment:
        moment = read_moment()
        AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(2))
        return moment

    monkeypatch.setattr(views, "read_moment", moment_then_edit)
    answer = reader.get(url)
    monkeypatch.undo()
    assert answer.body["data"]["input_cost_per_1m"] == "2.0000"
    again = reader.get(url, if_none_match=tag_of(answer))
    assert (again.status, again.body["data"]["input_cost_per_1m"]) == (200, "2.0000")


def test_a_304_is_for_those_who_may_see_the_200(reader: Caller, nobody: Caller, viewer: Caller) -> None:
    tag = tag_of(reader.get())
    answer = nobody.get(if_none_match=tag)
    assert (answer.status, answer.code) == (401, "not_authenticated")
    inactive = tag_of(viewer.get(f"{MODELS}?active=any"))
    assert reader.get(f"{MODELS}?active=any", if_none_match=inactive).status == 403


@pytest.mark.parametrize("given", ["*", '"anything"'])
def test_what_is_not_there_is_404_whatever_the_caller_has(reader: Caller, given: str) -> None:
    assert reader.get(f"{MODELS}gpt-9/", if_none_match=given).status == 404


@pytest.mark.parametrize("url", ["?colour=red", "?type=video"])
def test_a_bad_filter_is_400_whatever_the_caller_has(reader: Caller, url: str) -> None:
    assert reader.get(MODELS + url, if_none_match="*").status == 400


@pytest.mark.parametrize("url", ADDRESSES)
def test_head_is_get_without_the_body(reader: Caller, url: str) -> None:
    got, head = reader.get(url), reader.send("HEAD", url)
    assert (head.status, head.body) == (200, None)
    for name in ("ETag", "Cache-Control", "Content-Type", "Content-Length"):
        assert head.headers[name] == got.headers[name]
    assert reader.send("HEAD", url, if_none_match=tag_of(got)).status == 304


def test_a_304_of_the_list_reads_no_model(reader: Caller) -> None:
    tag = tag_of(reader.get())
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(if_none_match=tag).status == 304
    assert len(queries) == 2
    assert "billing_aimodelconfig" not in str(list(queries))


@pytest.mark.parametrize("seen", ["", "{name}/", "{name}/?active=any", "?type=text"])
def test_if_match_takes_any_tag_of_this_state(editor: Caller, model: AIModelConfig, seen: str) -> None:
    tag = tag_of(editor.get(MODELS + seen.format(name=model.model_name)))
    answer = editor.patch(model.model_name, {"sort_order": 8}, if_match=f'"other", {tag}')
    assert (answer.status, answer.body["data"]["sort_order"]) == (200, 8)
    # The answer's own tag is good for the next change.
    assert editor.patch(model.model_name, {"sort_order": 9}, if_match=tag_of(answer)).status == 200
    assert editor.patch(model.model_name, {"sort_order": 10}, if_match="*").status == 200


@pytest.mark.parametrize("given", ["{old}", '"other"', "W/{now}", "nonsense", ""])
def test_a_stale_if_match_changes_nothing(
    editor: Caller, bob: User, model: AIModelConfig, given: str
) -> None:
    url = f"{MODELS}{model.model_name}/"
    old = tag_of(editor.get(url))
    AIModelConfig.objects.filter(pk=model.pk).update(sort_order=5)
    now = tag_of(editor.get(url))
    answer = editor.patch(model.model_name, {"sort_order": 8}, if_match=given.format(old=old, now=now))
    assert (answer.status, answer.code) == (412, "precondition_failed")
    assert tag_of(editor.get(url)) == now
    assert not model.history.filter(history_user=bob).exists()
