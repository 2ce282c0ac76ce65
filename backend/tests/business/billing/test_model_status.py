"""Active and default: each act is whole, signed in the history, and one default stays whatever happens at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection

from igny8_core.business.billing import model_status
from igny8_core.business.billing.model_status import Status, StatusChange, status_problems
from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.errors import DefaultModelRequired, DefaultRefused

MakeModel = Callable[..., AIModelConfig]


@pytest.fixture
def actor() -> Iterator[User]:
    user = User.objects.create_user(f"operator-{uuid4().hex[:8]}")
    yield user
    user.delete()


@pytest.fixture
def make_model() -> Iterator[MakeModel]:
    slug = f"provider-{uuid4().hex[:8]}"
    provider = AIProvider.objects.create(slug=slug, name=slug, base_url="https://provider.test/v1")

    def make(model_type: str = "text", **fields: Any) -> AIModelConfig:
        name = f"model-{uuid4().hex[:8]}"
        price = Decimal("0.1")
        prices = {"input_cost_per_1m": price, "output_cost_per_1m": price, "cost_per_image": price}
        fields = {"model_name": name, "display_name": name, "provider": provider, **prices, **fields}
        return AIModelConfig.objects.create(model_type=model_type, **fields)

    yield make
    AIModelConfig.objects.filter(provider=provider).delete()
    provider.delete()
    AIModelConfig.objects.filter(model_name__in=("gpt-4o-mini", "dall-e-3")).update(
        is_default=True, is_active=True
    )


def defaults() -> list[str]:
    rows = AIModelConfig.objects.filter(is_default=True).order_by("-model_type")
    return list(rows.values_list("model_name", flat=True))


def everything() -> list[Any]:
    return [list(AIModelConfig.objects.order_by("pk").values()), AIModelConfig.history.count()]


def signature(model: AIModelConfig) -> tuple[Any, ...]:
    last = AIModelConfig.history.filter(id=model.pk).select_related("history_user").first()
    return last.history_type, last.history_user, last.history_change_reason, last.updated_by_id


def test_activate_returns_and_signs_only_what_it_changed(actor: User, make_model: MakeModel) -> None:
    off, on = make_model(is_active=False), make_model()
    changes = model_status.activate(ids=[on.pk, off.pk], actor=actor)
    assert changes == (StatusChange(off.pk, off.model_name, "activated"),)
    off.refresh_from_db()
    assert (off.is_active, off.updated_by) == (True, actor)
    assert signature(off) == ("~", actor, "activated", actor.pk)
    assert on.history.count() == 1


def test_deactivate_returns_and_signs_only_what_it_changed(actor: User, make_model: MakeModel) -> None:
    off, on = make_model(is_active=False), make_model()
    changes = model_status.deactivate(ids=[on.pk, off.pk], actor=actor)
    assert changes == (StatusChange(on.pk, on.model_name, "deactivated"),)
    assert signature(on) == ("~", actor, "deactivated", actor.pk)
    assert off.history.count() == 1


@pytest.mark.parametrize(
    ("act", "done"), [(model_status.deactivate, "deactivated"), (model_status.delete, "deleted")]
)
def test_a_default_is_kept_with_all_that_was_named_beside_it(
    actor: User, make_model: MakeModel, act: Callable[..., Any], done: str
) -> None:
    other = make_model()
    ids = [other.pk, *AIModelConfig.objects.filter(is_default=True).values_list("pk", flat=True)]
    before = everything()
    with pytest.raises(DefaultModelRequired) as refusal:
        act(ids=ids, actor=actor)
    assert refusal.value.code == "default_model_required"
    assert refusal.value.details == {"act": done, "models": ["dall-e-3", "gpt-4o-mini"]}
    assert everything() == before


def test_the_default_moves_in_one_act(actor: User, make_model: MakeModel) -> None:
    model = make_model()
    old = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    changes = model_status.set_default(ids=[model.pk], actor=actor)
    assert changes == (
        StatusChange(old.pk, "gpt-4o-mini", "no longer the default"),
        StatusChange(model.pk, model.model_name, "set as default"),
    )
    assert defaults() == [model.model_name, "dall-e-3"]
    assert signature(old) == ("~", actor, "no longer the default", actor.pk)
    assert signature(model) == ("~", actor, "set as default", actor.pk)
    before = everything()
    assert model_status.set_default(ids=[model.pk], actor=actor) == ()
    assert everything() == before


def test_one_model_of_each_type_may_move_together(actor: User, make_model: MakeModel) -> None:
    text, image = make_model(), make_model("image")
    model_status.set_default(ids=[image.pk, text.pk], actor=actor)
    assert defaults() == [text.model_name, image.model_name]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({}, "only one text model can be the default"),
        (
            {"model_type": "image", "is_active": False},
            "only an active model can be the default; activate it first",
        ),
    ],
)
def test_an_unfit_choice_changes_nothing(
    actor: User, make_model: MakeModel, second: dict[str, Any], reason: str
) -> None:
    models = [make_model(), make_model(**second)]
    before = everything()
    with pytest.raises(DefaultRefused) as refusal:
        model_status.set_default(ids=[model.pk for model in models], actor=actor)
    assert refusal.value.code == "default_refused"
    assert refusal.value.details["reason"] == reason
    assert everything() == before


def test_a_model_whose_provider_is_off_cannot_be_default(actor: User, make_model: MakeModel) -> None:
    model = make_model()
    AIProvider.objects.filter(pk=model.provider.pk).update(is_active=False)
    before = everything()
    with pytest.raises(DefaultRefused, match="the provider is inactive"):
        model_status.set_default(ids=[model.pk], actor=actor)
    assert everything() == before


def test_delete_signs_the_last_version(actor: User, make_model: MakeModel) -> None:
    model = make_model()
    assert model_status.delete(ids=[model.pk], actor=actor) == (
        StatusChange(model.pk, model.model_name, "deleted"),
    )
    assert not AIModelConfig.objects.filter(pk=model.pk).exists()
    assert signature(model) == ("-", actor, "deleted", actor.pk)


def test_what_is_not_there_is_passed_over(actor: User) -> None:
    before = everything()
    for act in (
        model_status.activate,
        model_status.deactivate,
        model_status.set_default,
        model_status.delete,
    ):
        assert act(ids=[999_999_999], actor=actor) == ()
    assert everything() == before


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            together.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_default_remains_whatever_operators_do_at_once(actor: User, make_model: MakeModel) -> None:
    models = [make_model() for _ in range(4)]

    def choose(model: AIModelConfig) -> Callable[[], Any]:
        return lambda: model_status.set_default(ids=[model.pk], actor=actor)

    for _ in range(10):
        before = AIModelConfig.history.filter(history_user=actor).count()
        outcomes = at_once([choose(model) for model in models])
        (default,) = AIModelConfig.objects.filter(is_default=True, model_type="text")
        assert default in models
        # Each act that changed something took the default from one and gave it to another.
        assert {len(changes) for changes in outcomes} <= {0, 2}
        written = AIModelConfig.history.filter(history_user=actor).count() - before
        assert written == sum(len(changes) for changes in outcomes)


def test_acts_and_plain_updates_do_not_deadlock(actor: User, make_model: MakeModel) -> None:
    models = [make_model() for _ in range(3)]
    ids = [model.pk for model in models]

    def by_sql() -> None:
        for number in range(15):
            AIModelConfig.objects.filter(pk__in=ids).update(sort_order=number)

    def acts(*pair: Callable[..., Any]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(8):
                for act in pair:
                    act(ids=reversed(ids), actor=actor)

        return run

    at_once(
        [by_sql, by_sql, acts(model_status.deactivate, model_status.activate), acts(model_status.activate)]
    )
    assert AIModelConfig.objects.filter(pk__in=ids, sort_order=14).count() == 3


TEXT = Status("m", "text", is_active=True, is_default=False, provider_is_active=True)
DEFAULT = Status("m", "text", is_active=True, is_default=True, provider_is_active=True)


@pytest.mark.parametrize(
    ("before", "after", "other", "fields"),
    [
        (None, TEXT, "d", []),
        (TEXT, TEXT, "d", []),
        (DEFAULT, DEFAULT, None, []),
        (None, DEFAULT, None, []),
        (TEXT, DEFAULT, None, []),
        (TEXT, DEFAULT, "d", ["is_default"]),
        (None, DEFAULT, "d", ["is_default"]),
        (DEFAULT, TEXT, None, ["is_default"]),
        (DEFAULT, Status("m", "image", True, True, True), None, ["model_type"]),
        (DEFAULT, Status("m", "text", False, True, True), None, ["is_active"]),
        (DEFAULT, Status("m", "text", False, False, True), None, ["is_active"]),
        (TEXT, Status("m", "text", False, True, True), None, ["is_default"]),
        (TEXT, Status("m", "text", True, True, False), None, ["is_default"]),
        # A price of the default can be edited while its provider is off.
        (Status("m", "text", True, True, False), Status("m", "text", True, True, False), None, []),
        (DEFAULT, Status("m", "text", True, True, False), None, ["provider"]),
    ],
)
def test_an_edit_of_one_model_is_judged(
    before: Status | None, after: Status, other: str | None, fields: list[str]
) -> None:
    assert list(status_problems(before=before, after=after, other_default=other)) == fields
