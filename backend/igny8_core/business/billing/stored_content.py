"""What a row that people edit says: compared by content, since an update by SQL moves no timestamp."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Field, Model

from igny8_core.business.content_id import content_id
from igny8_core.business.credits.money import without_trailing_zeros


@dataclass(frozen=True, slots=True)
class Edit:
    """Who made an edit, as the history names them (None: it names nobody), and when."""

    who: str | None
    when: datetime


def editable_fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns that people edit: neither the key nor what is kept by itself (who, when)."""
    return [field for field in model._meta.concrete_fields if field.editable and not field.primary_key]


def fingerprint(row: Model) -> str:
    """Names what the row says; `row` may be a historical one too. 0.1500 says the same as 0.15."""
    fields = editable_fields(getattr(type(row), "instance_type", type(row)))
    content = {field.name: _plain(getattr(row, field.attname)) for field in fields}
    return str(content_id(json.dumps(content, sort_keys=True, default=str)))


def last_edit(row: Model) -> Edit | None:
    """Who last changed the row, and when. None where no history knows: it was changed past it."""
    latest = row.history.select_related("history_user").first()  # type: ignore[attr-defined]
    if latest is None or fingerprint(latest) != fingerprint(row):
        return None
    user = latest.history_user
    return Edit(user and user.get_username(), latest.history_date)


def _plain(value: Any) -> Any:
    return f"{without_trailing_zeros(value):f}" if isinstance(value, Decimal) else value
