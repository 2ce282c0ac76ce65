"""What a row says has a name, whoever wrote it and however its numbers are written."""

from __future__ import annotations

from decimal import Decimal

from igny8_core.business.billing.models import AIModelConfig, AIProvider
from igny8_core.business.billing.stored_content import editable_fields, fingerprint


def model(**fields: object) -> AIModelConfig:
    said = {
        "model_name": "m",
        "provider_id": "p",
        "input_cost_per_1m": Decimal("0.15"),
        "valid_sizes": ["1x1"],
    }
    return AIModelConfig(**said | fields)


def test_the_same_said_otherwise_is_the_same() -> None:
    same = [
        model(),
        model(input_cost_per_1m=Decimal("0.15000000")),
        model(pk=7, updated_by_id=3),
    ]
    assert len({fingerprint(row) for row in same}) == 1


def test_whatever_people_edit_makes_a_difference() -> None:
    others = [
        model(),
        model(input_cost_per_1m=Decimal("0.15000001")),
        model(input_cost_per_1m=None),
        model(input_cost_per_1m=Decimal(0)),
        model(provider_id="q"),
        model(valid_sizes=["1x1", "2x2"]),
        model(is_active=False),
        model(description="0.15"),
    ]
    assert len({fingerprint(row) for row in others}) == len(others)


def test_the_columns_that_people_edit() -> None:
    kept = {"id", "created_at", "updated_at", "updated_by"}
    names = {field.name for field in AIModelConfig._meta.concrete_fields}
    assert {field.name for field in editable_fields(AIModelConfig)} == names - kept
    assert {field.name for field in editable_fields(AIProvider)} == {
        field.name for field in AIProvider._meta.concrete_fields
    } - {"id"}


def test_a_version_of_the_history_says_what_the_row_said() -> None:
    row = AIModelConfig.objects.get(model_name="gpt-4o-mini")
    version = AIModelConfig.history.filter(id=row.pk).first()
    for field in editable_fields(AIModelConfig):
        setattr(version, field.attname, getattr(row, field.attname))
    assert fingerprint(version) == fingerprint(row)
