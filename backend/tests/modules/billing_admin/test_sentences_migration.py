"""Migration 0021 writes sentences into the models' state; the database stays as it is, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from igny8_core.business.billing.models import AIModelConfig


@pytest.fixture
def _forward_again() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def schema() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'billing_%' ORDER BY 1, 2"
        )
        constraints = cursor.fetchall()
        cursor.execute(
            "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length, numeric_scale"
            " FROM information_schema.columns WHERE table_name LIKE 'billing_%' ORDER BY 1, 2"
        )
        return [constraints, cursor.fetchall()]


@pytest.mark.usefixtures("_forward_again")
def test_the_database_is_the_same_before_and_after() -> None:
    rows = list(AIModelConfig.objects.order_by("pk").values())
    call_command("migrate", "billing", "0021", verbosity=0)
    after = schema()
    call_command("migrate", "billing", "0020", verbosity=0)
    assert schema() == after
    call_command("migrate", "billing", "0021", verbosity=0)
    assert schema() == after
    call_command("migrate", "billing", verbosity=0)
    assert list(AIModelConfig.objects.order_by("pk").values()) == rows


def test_every_constraint_of_a_model_has_its_sentence() -> None:
    sentences = {
        constraint.name: str(constraint.violation_error_message)
        for constraint in AIModelConfig._meta.constraints
    }
    assert list(sentences) == [
        "model_type_has_one_default",
        "default_model_is_active",
        "model_prices_are_not_negative",
        "model_prices_are_numbers",
        "text_model_has_token_prices",
        "image_model_has_image_price",
    ]
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences.values())
    assert not [sentence for sentence in sentences.values() if "Constraint" in sentence or "%" in sentence]
