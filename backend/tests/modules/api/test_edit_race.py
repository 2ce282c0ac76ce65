"""Edits through the API queue: none is lost, none deadlocks with the admin's or psql's, and one If-Match wins."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
from django.contrib.auth.models import User
from django.db import connections

from igny8_core.business import postgres
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.auth import tokens
from tests.modules.api.caller import MODELS, Caller


def test_of_several_who_saw_the_same_one_changes_it(bob: User, model: AIModelConfig) -> None:
    token = tokens.issue(bob)[0]
    tag = Caller(token).get(f"{MODELS}{model.model_name}/").headers["ETag"]

    def edit(number: int) -> int:
        try:
            return Caller(token).patch(model.model_name, {"sort_order": number}, if_match=tag).status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert Counter(threads.map(edit, range(1, 9))) == {200: 1, 412: 7}
    assert model.history.count() == 2


def test_edits_of_different_fields_all_stay_beside_edits_by_psql(bob: User, model: AIModelConfig) -> None:
    token = tokens.issue(bob)[0]
    bodies = [
        {"sort_order": 5},
        {"display_name": "New"},
        {"input_cost_per_1m": "2"},
        {"output_cost_per_1m": "20"},
        {"context_window": 1000},
        {"supports_vision": True},
    ]

    def edit(body: dict[str, object]) -> int:
        try:
            return Caller(token).patch(model.model_name, body).status
        finally:
            connections.close_all()

    def edit_by_psql(number: int) -> int:
        with psycopg.connect(**postgres.connection_options()) as other:
            other.execute(
                "UPDATE billing_aimodelconfig SET max_output_tokens = %s WHERE id = %s", [number, model.pk]
            )
        return 200

    with ThreadPoolExecutor(8) as threads:
        edits = [threads.submit(edit, body) for body in bodies]
        edits += [threads.submit(edit_by_psql, 77) for _ in range(6)]
        assert [done.result() for done in edits] == [200] * 12
    model.refresh_from_db()
    assert (model.sort_order, model.display_name, model.context_window) == (5, "New", 1000)
    assert (model.input_cost_per_1m, model.output_cost_per_1m) == (Decimal(2), Decimal(20))
    assert (model.supports_vision, model.max_output_tokens) == (True, 77)
    assert model.history.count() == 7
