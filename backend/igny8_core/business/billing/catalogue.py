"""The in-process snapshot of models and cards, and its freshness rule.

A snapshot carries the catalogue version that it was read with. `reserve` refuses a hold quoted at any other version,
so a snapshot needs no expiry: a caller that is told `stale` reloads. Whoever refuses a call, or answers without
reserving, asks `fresh()` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg.errors import InsufficientPrivilege, UndefinedColumn, UndefinedTable
from psycopg.rows import namedtuple_row

from igny8_core.business import postgres
from igny8_core.business.billing.rate_cards import RateCard, compile_card
from igny8_core.business.conf import setting
from igny8_core.business.errors import InactiveModel, LedgerUnavailable, UnknownModel

QUERY: Final = """
SELECT m.model_name, m.model_type, m.is_active, m.is_default, m.sort_order, m.context_window, m.max_output_tokens,
       m.input_cost_per_1m, m.output_cost_per_1m, m.cost_per_image, m.valid_sizes, p.slug, p.dialect, p.base_url,
       p.api_key_env, p.is_active AS provider_is_active
  FROM billing_aimodelconfig m JOIN billing_aiprovider p ON p.slug = m.provider
 ORDER BY m.sort_order, m.model_name
"""


@dataclass(frozen=True, slots=True)
class Provider:
    slug: str
    dialect: str
    base_url: str
    api_key_env: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model as calls see it. `context_window` and `max_output_tokens` are None where they are not known."""

    name: str
    model_type: str
    is_active: bool
    is_default: bool
    context_window: int | None
    max_output_tokens: int | None
    valid_sizes: tuple[str, ...]
    provider: Provider
    card: RateCard


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`source` is "database" or "constants"; `version` is None only where the ledger cannot be reached either."""

    version: UUID | None
    source: str
    models: Mapping[str, Model]

    def resolve(self, name: str | None, model_type: str) -> Model:
        """The active model of that exact name, or the type's default. Raises UnknownModel, InactiveModel."""
        if name is None:
            model = next(
                (m for m in self.models.values() if m.is_default and m.model_type == model_type), None
            )
        else:
            model = self.models.get(name)
        if model is None or model.model_type != model_type:
            raise UnknownModel(model=name, model_type=model_type, available=self.available(model_type))
        if not model.is_active:
            raise InactiveModel(model=name, model_type=model_type, available=self.available(model_type))
        return model

    def available(self, model_type: str) -> list[str]:
        """Names of the active models of a type, in their order."""
        return [m.name for m in self.models.values() if m.is_active and m.model_type == model_type]


class CatalogueUnreadable(Exception):
    """The tables of prices are missing or cannot be queried; the ledger's version could be read."""

    def __init__(self, version: UUID) -> None:
        super().__init__("the catalogue cannot be read")
        self.version = version


Fallback = Callable[[UUID | None], Catalogue]

# The tables are not there, or not for us. Anything else, a busy lock or a lost connection, is tried again or raised:
# it is no reason to charge by the constants.
UNREADABLE: Final = (UndefinedTable, UndefinedColumn, InsufficientPrivilege)

_snapshot: Catalogue | None = None


def current(fallback: Fallback) -> Catalogue:
    """The snapshot, perhaps older than the last edit: only for a caller that goes on to reserve. Raises LedgerUnavailable."""
    return _snapshot or reload(fallback)


def fresh(fallback: Fallback) -> Catalogue:
    """The snapshot, after asking the database that nothing has changed since. Raises LedgerUnavailable."""
    snapshot = _snapshot
    if snapshot is not None and snapshot.version == postgres.run(
        _read_version, retry_seconds=setting("LEDGER_RETRY_SECONDS")
    ):
        return snapshot
    return reload(fallback)


def reload(fallback: Fallback) -> Catalogue:
    """Reads the catalogue anew, or asks `fallback` for one where it cannot be read. Raises LedgerUnavailable.

    A fallback is never kept: the next call tries the database again.
    """
    global _snapshot
    try:
        snapshot = postgres.run(_load, retry_seconds=setting("LEDGER_RETRY_SECONDS"))
    except CatalogueUnreadable as error:
        _snapshot = None
        return fallback(error.version)
    _snapshot = snapshot
    return snapshot


def snapshot_of(rows: Iterable[Any], version: UUID | None) -> Catalogue:
    """Compiles rows of QUERY."""
    models = {}
    for row in rows:
        models[row.model_name] = Model(
            name=row.model_name,
            model_type=row.model_type,
            is_active=row.is_active and row.provider_is_active,
            is_default=row.is_default,
            context_window=row.context_window,
            max_output_tokens=row.max_output_tokens,
            # The form wants a list; whatever else psql put there must not take every other model down.
            valid_sizes=tuple(row.valid_sizes) if isinstance(row.valid_sizes, list) else (),
            provider=Provider(row.slug, row.dialect, row.base_url, row.api_key_env),
            card=compile_card(
                model=row.model_name,
                provider=row.slug,
                source="database",
                input_cost_per_1m=row.input_cost_per_1m,
                output_cost_per_1m=row.output_cost_per_1m,
                cost_per_image=row.cost_per_image,
            ),
        )
    return Catalogue(version, "database", models)


def _load(connection: postgres.Connection) -> Catalogue:
    # One snapshot for the version and the rows: a version can then never vouch for older rows.
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        version = _read_version(connection)
        try:
            with connection.transaction(), connection.cursor(row_factory=namedtuple_row) as cursor:
                return snapshot_of(cursor.execute(QUERY).fetchall(), version)
        except UNREADABLE as error:
            raise CatalogueUnreadable(version) from error


def _read_version(connection: postgres.Connection) -> UUID:
    try:
        row = connection.execute("SELECT version FROM credits_catalogueversion").fetchone()
    except UNREADABLE as error:
        raise LedgerUnavailable("the ledger's tables cannot be read") from error
    if row is None:
        raise LedgerUnavailable("credits_catalogueversion has no row")
    version: UUID = row[0]
    return version
