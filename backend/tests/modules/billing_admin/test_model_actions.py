"""Activate, deactivate, set as default, delete: what is selected in the list."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.billing_admin.conftest import MakeModel
from tests.modules.billing_admin.pages import act, history_of, log_of, messages_of, text_of, url

LIST = url(AIModelConfig, "changelist")


def defaults() -> dict[str, str]:
    rows = AIModelConfig.objects.filter(is_default=True)
    return dict(rows.order_by("model_type").values_list("model_type", "model_name"))


def test_the_list_offers_its_acts_by_name(operator: Client) -> None:
    choices = dict(operator.get(LIST).context["action_form"].fields["action"].choices)
    assert {name: str(label) for name, label in choices.items() if name} == {
        "activate": "Activate",
        "deactivate": "Deactivate",
        "set_as_default": "Set as default",
        "delete_selected": "Delete selected models",
        "export_admin_action": "Export selected models",
    }


def test_models_are_switched_off_and_on_with_their_actor(
    operator: Client, alice: User, make_model: MakeModel
) -> None:
    models = [make_model(), make_model("image")]
    off = act(operator, "deactivate", models)
    assert off.status_code == 302
    assert messages_of(off) == [f"{model.model_name}: deactivated." for model in models]
    assert not AIModelConfig.objects.filter(pk__in=[model.pk for model in models], is_active=True).exists()

    on = act(operator, "activate", models)
    assert messages_of(on) == [f"{model.model_name}: activated." for model in models]
    for model in models:
        model.refresh_from_db()
        assert (model.is_active, model.updated_by) == (True, alice)
        assert history_of(model)[1:] == [
            ("~", alice.username, "deactivated"),
            ("~", alice.username, "activated"),
        ]
        assert log_of(model.pk) == [(alice.username, "Deactivated"), (alice.username, "Activated")]


@pytest.mark.parametrize(
    ("action", "fields", "sentence"),
    [
        ("activate", {}, "Nothing changed: already active."),
        ("deactivate", {"is_active": False}, "Nothing changed: already inactive."),
    ],
)
def test_what_is_so_already_is_no_act(
    operator: Client, make_model: MakeModel, action: str, fields: dict[str, bool], sentence: str
) -> None:
    model = make_model(**fields)
    assert messages_of(act(operator, action, [model])) == [sentence]
    assert len(history_of(model)) == 1
    assert log_of(model.pk) == []


def test_a_default_is_not_switched_off_and_nothing_else_is(
    operator: Client, model: AIModelConfig, default_text: AIModelConfig
) -> None:
    refused = act(operator, "deactivate", [model, default_text])
    assert messages_of(refused) == [
        "gpt-4o-mini (the default text model) cannot be deactivated: calls that name no model need it. Set another"
        " model of the type as default first; nothing was changed"
    ]
    for one in (model, default_text):
        versions = len(history_of(one))
        one.refresh_from_db()
        assert one.is_active is True
        assert len(history_of(one)) == versions
        assert log_of(one.pk) == []


def test_the_default_moves_in_one_step(
    operator: Client, alice: User, model: AIModelConfig, default_text: AIModelConfig
) -> None:
    moved = act(operator, "set_as_default", [model])
    assert messages_of(moved) == [
        "gpt-4o-mini: no longer the default.",
        f"{model.model_name}: set as default.",
    ]
    assert defaults() == {"image": "dall-e-3", "text": model.model_name}
    assert history_of(model)[-1] == ("~", alice.username, "set as default")
    assert history_of(default_text)[-1] == ("~", alice.username, "no longer the default")
    assert log_of(model.pk) == [(alice.username, "Set as default")]
    assert messages_of(act(operator, "set_as_default", [model])) == ["Nothing changed: already the default."]


@pytest.mark.usefixtures("_seeded_defaults")
def test_two_models_of_a_type_cannot_both_be_default(operator: Client, make_model: MakeModel) -> None:
    models = [make_model(model_name="b-model"), make_model(model_name="a-model")]
    refused = act(operator, "set_as_default", models)
    assert messages_of(refused) == [
        "b-model, a-model: only one text model can be the default; nothing was changed"
    ]
    assert defaults() == {"image": "dall-e-3", "text": "gpt-4o-mini"}
    assert [len(history_of(model)) for model in models] == [1, 1]


@pytest.mark.usefixtures("_seeded_defaults")
def test_an_inactive_model_cannot_be_default(operator: Client, make_model: MakeModel) -> None:
    model = make_model(is_active=False)
    refused = act(operator, "set_as_default", [model])
    assert messages_of(refused) == [
        f"{model.model_name}: only an active model can be the default; activate it first; nothing was changed"
    ]
    assert defaults() == {"image": "dall-e-3", "text": "gpt-4o-mini"}


def test_selected_models_are_deleted_with_their_actor(
    operator: Client, alice: User, make_model: MakeModel
) -> None:
    models = [make_model(), make_model()]
    assert "Are you sure" in text_of(act(operator, "delete_selected", models))
    assert act(operator, "delete_selected", models, post="yes").status_code == 302
    assert not AIModelConfig.objects.filter(pk__in=[model.pk for model in models]).exists()
    for model in models:
        assert history_of(model)[-1] == ("-", alice.username, "deleted")
        assert [who for who, _what in log_of(model.pk)] == [alice.username]


def test_a_default_among_them_keeps_all(
    operator: Client, model: AIModelConfig, default_image: AIModelConfig
) -> None:
    for more in ({}, {"post": "yes"}):
        refused = act(operator, "delete_selected", [model, default_image], **more)
        assert refused.status_code == 302
        assert messages_of(refused)[-1].startswith("dall-e-3 (the default image model) cannot be deleted:")
    assert AIModelConfig.objects.filter(pk__in=[model.pk, default_image.pk]).count() == 2
    assert history_of(model)[-1][0] == "+"
    assert log_of(model.pk) == []
