"""The models that a question about prices names, each with its card at the time that is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from igny8_core.business.billing import catalogue
from igny8_core.business.billing.catalogue import Catalogue, Entry
from igny8_core.business.billing.comparison import Candidate
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.price_history import Version, versions_at
from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.errors import InvalidRequest
from igny8_core.business.shown_value import shown_value
from igny8_core.modules.api.envelope import shown
from igny8_core.modules.api_errors import TablesMissing
from igny8_core.modules.billing.moment import written

LONGEST_NAME: Final = 255
# Name of a capability -> the model's column
CAPABILITIES: Final = {
    "json_mode": "supports_json_mode",
    "vision": "supports_vision",
    "function_calling": "supports_function_calling",
}


@dataclass(frozen=True, slots=True)
class AskedModel:
    """`name` is the model's own where an alias was `asked` for, and None where there is no such model; `problem` then
    says so. `entry` is the model as it is now: None where it is deleted."""

    asked: str
    name: str | None
    entry: Entry | None
    card: RateCard | None
    problem: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it takes calls now."""
        return self.entry is not None and self.entry.is_active


def models_at(names: Sequence[str], at: datetime | None) -> tuple[datetime, list[AskedModel]]:
    """The time, now where `at` is None, and the models of these exact names or aliases, at their prices of then.

    For a time that is past they are the prices as they were charged, and for one to come what is scheduled. Raises
    TablesMissing while the prices are rolled back: a call would be priced from the constants, which have no history.
    """
    snapshot = current_catalogue()
    now = snapshot.now
    if at is None or at >= now:
        time = at or now
        return time, [_at_known_prices(snapshot, name, time) for name in names]
    entries = [snapshot.find(name) for name in names]
    versions = versions_at({*names, *(entry.name for entry in entries if entry is not None)}, at)
    return at, [_at_past_prices(snapshot, name, versions, at) for name in names]


def current_catalogue() -> Catalogue:
    """As calls are priced from it now. Raises TablesMissing while the prices are rolled back."""
    return catalogue.fresh(_no_constants)


def read_names(field: str, value: object, *, least: int, most: int) -> tuple[str, ...]:
    """Names of models as a caller listed them. Raises InvalidRequest for too few, too many, one named twice, or what is
    no name."""
    if not isinstance(value, list):
        raise InvalidRequest(
            f"{field} is {shown_value(value)}; it must be a list of names",
            parameter=field,
            value=shown(value),
        )
    if not least <= len(value) <= most:
        raise InvalidRequest(
            f"{field} has {len(value)} name{'' if len(value) == 1 else 's'}; it takes {least} to {most}",
            parameter=field,
            value=len(value),
        )
    names = tuple(read_name(field, name) for name in value)
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise InvalidRequest(
            f"{field} has '{shown(name)}' {times} times; name each model once",
            parameter=field,
            value=shown(name),
        )
    return names


def read_name(field: str, value: object) -> str:
    """Raises InvalidRequest."""
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= LONGEST_NAME:
        raise InvalidRequest(
            f"{field}: {shown_value(value)} is no model's name, which has 1 to {LONGEST_NAME} printable characters",
            parameter=field,
            value=shown(value),
        )
    return value


def candidate(model: AskedModel, row: AIModelConfig) -> Candidate:
    """The model for a comparison, at its card of the time that was asked about and with what else is said of it now."""
    assert model.card is not None
    assert model.entry is not None
    return Candidate(
        name=row.model_name,
        card=model.card,
        model_type=row.model_type,
        display_name=row.display_name,
        is_active=model.is_active,
        context_window=row.context_window,
        max_output_tokens=row.max_output_tokens,
        valid_sizes=model.entry.valid_sizes,
        capabilities={name: getattr(row, column) for name, column in CAPABILITIES.items()},
    )


def asked_twice(models: Sequence[AskedModel]) -> list[tuple[str, str]]:
    """The names, two and two, that are one model's: an alias and its model are one."""
    first: dict[str | None, str] = {}
    return [
        (other, model.asked)
        for model in models
        if model.name is not None and (other := first.setdefault(model.name, model.asked)) != model.asked
    ]


def _no_constants(version: UUID | None) -> Catalogue:
    raise TablesMissing


def _at_known_prices(snapshot: Catalogue, name: str, time: datetime) -> AskedModel:
    entry = snapshot.find(name)
    if entry is None:
        return _unknown(name)
    return AskedModel(name, entry.name, entry, entry.sheet.card_at(time))


def _at_past_prices(snapshot: Catalogue, name: str, versions: dict[str, Version], at: datetime) -> AskedModel:
    """A name that was a model's then is that model, whatever has become of it."""
    entry = snapshot.find(name)
    named = [name] if entry is None else [name, entry.name]
    for own_name in named:
        version = versions.get(own_name)
        if version is not None and version.sheet is not None:
            return AskedModel(name, own_name, snapshot.models.get(own_name), version.sheet.card_at(at))
    if entry is None:
        return _unknown(name)
    return AskedModel(
        name, entry.name, entry, None, f"no prices of {entry.name} are recorded for {written(at)}"
    )


def _unknown(name: str) -> AskedModel:
    return AskedModel(name, None, None, None, f"no model has the name or alias '{shown(name)}'")
