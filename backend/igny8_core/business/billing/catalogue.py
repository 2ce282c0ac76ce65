"""The in-process snapshot of models and cards, and its freshness rule.

A snapshot carries the catalogue version that it was read with. `reserve` refuses a hold quoted at any other version,
so a snapshot needs no expiry: a caller that is told `stale` reloads. Whoever refuses a call, or answers without
reserving, asks `fresh()` first.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from psycopg.errors import InsufficientPrivilege, UndefinedColumn, UndefinedTable
from psycopg.rows import namedtuple_row

from igny8_core.business import postgres
from igny8_core.business.billing.price_sheet import CardPeriod, PriceSheet, rates_from_json
from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.business.conf import setting
from igny8_core.business.errors import InactiveModel, LedgerUnavailable, UnknownModel

# The content of the rows that each model is made of, as a number: where it is as before, so is the model. Each row's
# whole text is hashed: PostgreSQL's hash of a record adds up those of its columns, of a time only half of it, and
# such sums of two rows that change alike may cancel out.
MARKS: Final = """
SELECT m.id, hashtextextended(m::text, 0) # hashtextextended(p::text, 1) # coalesce(r.mark, 0) # coalesce(a.mark, 0)
  FROM billing_aimodelconfig m
  JOIN billing_aiprovider p ON p.slug = m.provider
  LEFT JOIN (SELECT model_id, bit_xor(hashtextextended(r::text, 2)) AS mark FROM billing_modelrate r GROUP BY model_id) r
    ON r.model_id = m.id
  LEFT JOIN (SELECT model_id, bit_xor(hashtextextended(a::text, 3)) AS mark FROM billing_modelalias a GROUP BY model_id) a
    ON a.model_id = m.id
 ORDER BY m.sort_order, m.model_name
"""
# Rates and aliases are asked for each model: joined, they would first be put together for all.
QUERY: Final = """
SELECT m.id, m.model_name, m.model_type, m.is_active, m.is_default, m.context_window, m.max_output_tokens,
       m.input_cost_per_1m, m.output_cost_per_1m, m.cost_per_image, m.valid_sizes, p.slug, p.dialect, p.base_url,
       p.api_key_env, p.is_active AS provider_is_active,
       (SELECT rates FROM billing_model_rates WHERE model_id = m.id) AS rates,
       ARRAY(SELECT name FROM billing_modelalias WHERE model_id = m.id ORDER BY name) AS aliases
  FROM billing_aimodelconfig m
  JOIN billing_aiprovider p ON p.slug = m.provider
 WHERE m.id = ANY(%s)
"""

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Provider:
    slug: str
    dialect: str
    base_url: str
    api_key_env: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model as a call sees it, with the card of one moment. A limit is None where it is not known."""

    name: str
    model_type: str
    context_window: int | None
    max_output_tokens: int | None
    valid_sizes: tuple[str, ...]
    provider: Provider
    period: CardPeriod

    @property
    def card(self) -> RateCard:
        return self.period.card


@dataclass(frozen=True)
class Entry:
    """A model of the catalogue, whatever the time; `at` gives what a call sees. `mark` tells it from a later reading."""

    name: str
    model_type: str
    is_active: bool
    is_default: bool
    context_window: int | None
    max_output_tokens: int | None
    valid_sizes: tuple[str, ...]
    provider: Provider
    read_sheet: Callable[[], PriceSheet]
    aliases: tuple[str, ...] = ()
    mark: Mark | None = None

    @cached_property
    def sheet(self) -> PriceSheet:
        """The prices, read when they are first needed: most calls are for a few models of a large catalogue."""
        return self.read_sheet()

    @cached_property
    def unscheduled(self) -> Model | None:
        """The model where nothing about its price is scheduled or has ended."""
        return None if self.sheet.changes else self._model(next(self.sheet.periods()))

    def at(self, time: datetime) -> Model:
        """The model with the card of that moment."""
        return self.unscheduled or self._model(self.sheet.period_at(time))

    def _model(self, period: CardPeriod) -> Model:
        return Model(
            self.name,
            self.model_type,
            self.context_window,
            self.max_output_tokens,
            self.valid_sizes,
            self.provider,
            period,
        )


class Models(dict[str, Entry]):
    """The models by name, in their order. How else they are found is put together once, whenever the clock is read."""

    @cached_property
    def by_alias(self) -> dict[str, Entry]:
        return {alias: entry for entry in self.values() for alias in entry.aliases}

    @cached_property
    def defaults(self) -> dict[str, Entry]:
        """The default model of each type that has one."""
        return {entry.model_type: entry for entry in self.values() if entry.is_default}


@dataclass(frozen=True)
class Catalogue:
    """`source` is "database" or "constants"; `version` is None only where the ledger cannot be reached either.

    `read_at` is the database's clock when it was read, and `monotonic` this process's just after.
    """

    version: UUID | None
    source: str
    models: Models
    read_at: datetime
    monotonic: float

    @property
    def now(self) -> datetime:
        """The time by the database's clock, as well as this process can tell: scheduled prices act at it."""
        return self.read_at + timedelta(seconds=time.monotonic() - self.monotonic)

    def find(self, name: str) -> Entry | None:
        """The model of that exact name or declared alias, active or not."""
        return self.models.get(name) or self.models.by_alias.get(name)

    def resolve(self, name: str | None, model_type: str) -> Model:
        """The active model of that exact name or alias, or the type's default, at its price of now. Raises
        UnknownModel, InactiveModel."""
        entry = self.models.defaults.get(model_type) if name is None else self.find(name)
        if entry is None or entry.model_type != model_type:
            raise UnknownModel(model=name, model_type=model_type, available=self.available(model_type))
        if not entry.is_active:
            raise InactiveModel(model=name, model_type=model_type, available=self.available(model_type))
        return entry.unscheduled or entry.at(self.now)

    def available(self, model_type: str) -> list[str]:
        """Names of the active models of a type, in their order."""
        return [
            each.name for each in self.models.values() if each.is_active and each.model_type == model_type
        ]


class CatalogueUnreadable(Exception):
    """The tables of prices are missing or cannot be queried; the ledger's version could be read."""

    def __init__(self, version: UUID) -> None:
        super().__init__("the catalogue cannot be read")
        self.version = version


Fallback = Callable[[UUID | None], Catalogue]

# The tables are not there, or not for us. Anything else, a busy lock or a lost connection, is tried again or raised:
# it is no reason to charge by the constants.
UNREADABLE: Final = (UndefinedTable, UndefinedColumn, InsufficientPrivilege)

# For a thread that has waited for another's reading until its own time was over.
LEAST_RETRY_SECONDS: Final = 0.1

_snapshot: Catalogue | None = None
_reloading = threading.Lock()


def current(fallback: Fallback) -> Catalogue:
    """The snapshot, perhaps older than the last edit: only for a caller that goes on to reserve. Raises LedgerUnavailable."""
    return _snapshot or reload(fallback)


def fresh(fallback: Fallback) -> Catalogue:
    """The snapshot, after asking the database that nothing has changed since. Raises LedgerUnavailable."""
    snapshot = _snapshot
    if snapshot is not None:
        version, read_at = postgres.run(_read_version, retry_seconds=setting("LEDGER_RETRY_SECONDS"))
        if version == snapshot.version:
            return replace(snapshot, read_at=read_at, monotonic=time.monotonic())
    return reload(fallback, stale=snapshot)


def reload(fallback: Fallback, *, stale: Catalogue | None = None) -> Catalogue:
    """The catalogue as it is now, or what `fallback` gives where it cannot be read. Raises LedgerUnavailable.

    One thread reads for all: who was told that `stale` is, and finds that another has read since, takes that. Where
    only the time has come for another price, only the clock is read. A fallback is never kept: the next call tries
    the database again.
    """
    global _snapshot
    deadline = time.monotonic() + setting("LEDGER_RETRY_SECONDS")
    if not _reloading.acquire(timeout=setting("LEDGER_RETRY_SECONDS")):
        raise LedgerUnavailable("the catalogue could not be read in time")
    try:
        before = _snapshot
        if stale is not None and before is not None and before.read_at > stale.read_at:
            return before
        remaining = max(deadline - time.monotonic(), LEAST_RETRY_SECONDS)
        _snapshot = postgres.run(lambda connection: _load(connection, before), retry_seconds=remaining)
    except CatalogueUnreadable as error:
        _snapshot = None
        return fallback(error.version)
    else:
        return _snapshot
    finally:
        _reloading.release()


def _entry(row: Any, mark: Mark) -> Entry:
    return Entry(
        name=row.model_name,
        model_type=row.model_type,
        is_active=row.is_active and row.provider_is_active,
        is_default=row.is_default,
        context_window=row.context_window,
        max_output_tokens=row.max_output_tokens,
        # The form wants a list; whatever else psql put there must not take every other model down.
        valid_sizes=tuple(row.valid_sizes) if isinstance(row.valid_sizes, list) else (),
        provider=Provider(row.slug, row.dialect, row.base_url, row.api_key_env),
        read_sheet=lambda: PriceSheet(
            model=row.model_name,
            provider=row.slug,
            source="database",
            input_cost_per_1m=row.input_cost_per_1m,
            output_cost_per_1m=row.output_cost_per_1m,
            cost_per_image=row.cost_per_image,
            rates=rates_from_json(row.rates),
        ),
        aliases=tuple(row.aliases),
        mark=mark,
    )


def _load(connection: postgres.Connection, before: Catalogue | None) -> Catalogue:
    if before is not None:
        version, read_at = _read_version(connection)
        if version == before.version:
            return replace(before, read_at=read_at, monotonic=time.monotonic())
    # One snapshot for the version and the rows: a version can then never vouch for older rows.
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        version, read_at = _read_version(connection)
        # The clock is taken after the answer: a price that is scheduled may come late here, and then reserve says so
        # and the next reading is past its time; it never comes early.
        monotonic = time.monotonic()
        try:
            with connection.transaction():
                models = _read_models(connection, before)
        except UNREADABLE as error:
            if not isinstance(error, InsufficientPrivilege) and _has_models(connection):
                raise LedgerUnavailable(
                    "the tables of prices are of another version than this code"
                ) from error
            raise CatalogueUnreadable(version) from error
    return Catalogue(version, "database", models, read_at, monotonic)


def _read_models(connection: postgres.Connection, before: Catalogue | None) -> Models:
    """Every model; one that is as `before` keeps its entry, and the cards made for it, and is not read again."""
    known = {entry.mark: entry for entry in before.models.values()} if before is not None else {}
    marks: list[Mark] = connection.execute(MARKS).fetchall()
    changed = {mark[0]: mark for mark in marks if mark not in known}
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        # A row at a time: all at once would keep every other thread waiting meanwhile.
        rows: Iterable[Any] = cursor.execute(QUERY, [list(changed)])
        for row in rows:
            mark = changed[row.id]
            known[mark] = _entry(row, mark)
    return Models((known[mark].name, known[mark]) for mark in marks)


def _has_models(connection: postgres.Connection) -> bool:
    """Whether there are base prices, though not all else that decides a price: that is no reason for the constants."""
    row = connection.execute("SELECT to_regclass('billing_aimodelconfig') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def _read_version(connection: postgres.Connection) -> tuple[UUID, datetime]:
    try:
        row = connection.execute("SELECT version, clock_timestamp() FROM credits_catalogueversion").fetchone()
    except UNREADABLE as error:
        raise LedgerUnavailable("the ledger's tables cannot be read") from error
    if row is None:
        raise LedgerUnavailable("credits_catalogueversion has no row")
    return row[0], row[1]


def _renew_lock() -> None:
    """In a forked child: another thread of the parent may have held the lock, and is not here to release it."""
    global _reloading
    _reloading = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)
