"""A model has the fields of its type: others are not given to it through the API, since no answer would show them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.api.caller import MODELS, Caller
from tests.modules.api.test_model_edit import stored


@pytest.mark.parametrize(
    ("model_type", "body", "others"),
    [
        ("text", {"cost_per_image": "0.1"}, ["cost_per_image"]),
        ("text", {"cost_per_image": "0", "sort_order": 3}, ["cost_per_image"]),
        ("text", {"valid_sizes": ["1x1"], "cost_per_image": "0.1"}, ["cost_per_image", "valid_sizes"]),
        ("image", {"input_cost_per_1m": "2"}, ["input_cost_per_1m"]),
        (
            "image",
            {"output_cost_per_1m": "2", "context_window": 0, "max_output_tokens": 9},
            ["output_cost_per_1m", "context_window", "max_output_tokens"],
        ),
    ],
)
def test_a_field_of_the_other_type_is_refused(
    editor: Caller, model: AIModelConfig, model_type: str, body: Any, others: list[str]
) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(
        model_type=model_type, input_cost_per_1m=1, output_cost_per_1m=1, cost_per_image=1
    )
    before = stored(model)
    answer = editor.patch(model.model_name, {"confirm": True, **body})
    assert (answer.status, answer.code) == (400, "invalid_request")
    sentence = f"{model.model_name} is of the type {model_type}, which has no such field"
    assert answer.details == {"fields": {name: [sentence] for name in others}, "errors": []}
    assert stored(model) == before


def test_what_a_model_has_of_the_other_type_can_be_taken_away(editor: Caller, model: AIModelConfig) -> None:
    AIModelConfig.objects.filter(pk=model.pk).update(cost_per_image=1, valid_sizes=["1x1"])
    assert editor.patch(model.model_name, {"cost_per_image": None, "valid_sizes": []}).status == 200
    model.refresh_from_db()
    assert (model.cost_per_image, model.valid_sizes) == (None, [])


def test_sizes_that_are_null_by_sql_are_none_and_stop_no_edit(editor: Caller, model: AIModelConfig) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_aimodelconfig SET valid_sizes = 'null', model_type = 'image', cost_per_image = 1 WHERE id = %s",
            [model.pk],
        )
    assert editor.get(f"{MODELS}{model.model_name}/").body["data"]["valid_sizes"] == []
    answer = editor.patch(model.model_name, {"sort_order": 3})
    assert (answer.status, answer.body["data"]["valid_sizes"]) == (200, [])
