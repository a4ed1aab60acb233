"""The ledger as serving writes it: what a method has returned is on disk and survives `kill -9`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Engine,
    Row,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    false,
    insert,
    select,
    true,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.pool import ConnectionPoolEntry

from configs.errors import Conflict, NotFound, StoreUnavailable
from configs.workspace import Workspace
from features.ledger import DECISIONS, EVENTS, METADATA, OUTCOMES, to_instant, to_text
from serving.schemas import Cell

BUSY_TIMEOUT_MS = 1000  # how long a write waits for another process's before the request fails

_CONTACTS = (  # built once: on every decision's path, building it costs more than running it
    select(DECISIONS.c.decided_at, DECISIONS.c.response)
    .where(DECISIONS.c.customer_id == bindparam("customer_id"))
    .where(DECISIONS.c.decided_at >= bindparam("since"))
    .where(DECISIONS.c.offer_id.is_not(None))
    .order_by(DECISIONS.c.decided_at)
)


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One decision; `models`, `features`, `degraded`, `request` and `response` are JSON text."""

    decision_id: str
    idempotency_key: str | None
    body_hash: str
    customer_id: str
    decided_at: datetime
    arm: str
    policy_version: str
    models: str
    p_churn: float | None
    value_at_stake: float | None
    offer_id: str | None
    channel: str | None
    selection_probability: float
    features: str
    features_hash: str
    degraded: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """One observed fact about a decision."""

    outcome_id: str
    body_hash: str
    decision_id: str
    customer_id: str
    offer_id: str | None
    kind: str
    value: float | None
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One row of a canonical table that reached the service; `row` is JSON text."""

    event_id: str
    body_hash: str
    table: str
    customer_id: str
    row: str
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What was answered, and to whom."""

    customer_id: str
    response: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer that an earlier decision put before the customer."""

    offer_id: str
    channel: str
    at: datetime


def ledger_url(workspace: Workspace) -> str:
    """Where a workspace's ledger is, as a SQLAlchemy URL."""
    return f"sqlite:///{workspace.ledger.absolute()}"


def open_ledger(url: str) -> Engine:
    """An engine on the ledger at a SQLAlchemy URL, its tables made where they are missing. Raises StoreUnavailable.

    SQLite is set to sync every commit to disk (WAL, synchronous=FULL). Errors never show the values of a statement.
    """
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _make_durable)
    with _answering("opened"):
        METADATA.create_all(engine)
    return engine


class Ledger:
    """Decisions, outcomes and events on `engine`. Every method raises StoreUnavailable where it does not answer.

    Each write stands in a transaction of its own and begins with the insert: nothing is read before it that another
    process could have changed.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def record_decision(self, entry: DecisionEntry) -> str:
        """The response in force: this entry's, or the earlier one of the same key and body. Raises Conflict."""
        if self._add(DECISIONS, entry):
            return entry.response
        earlier = self.find_by_key(entry.idempotency_key or "", entry.body_hash)
        if earlier is None:
            raise Conflict(f"decision {entry.decision_id} is already in the ledger")
        return earlier

    def find_by_key(self, key: str, body_hash: str) -> str | None:
        """The response stored under an idempotency key, None for a new key. Raises Conflict for another body."""
        found = self._first(DECISIONS, DECISIONS.c.idempotency_key == key)
        if found and found.body_hash != body_hash:
            raise Conflict("this Idempotency-Key was used with another body; a new request needs a new key")
        return found.response if found else None

    def find_decision(self, decision_id: str) -> StoredDecision:
        """A decision by its id. Raises NotFound."""
        found = self._first(DECISIONS, DECISIONS.c.decision_id == decision_id)
        if found is None:
            raise NotFound(f"there is no decision {decision_id!r}")
        return StoredDecision(found.customer_id, found.response)

    def recent_contacts(self, customer_id: str, since: datetime) -> list[Shown]:
        """Every offer decided for the customer at or after `since`, oldest first."""
        with _answering("read"), self.engine.connect() as connection:
            rows = connection.execute(_CONTACTS, {"customer_id": customer_id, "since": to_text(since)}).all()
        return [
            Shown(offer["offer_id"], offer["channel"], to_instant(row.decided_at))
            for row in rows
            for offer in json.loads(row.response)["offers"]
        ]

    def record_outcome(self, entry: OutcomeEntry) -> bool:
        """Whether the outcome is new; False for a repeated one. Raises Conflict where the id came with another body."""
        return self._add(OUTCOMES, entry) or self._repeats(OUTCOMES, entry.outcome_id, entry.body_hash)

    def outcomes_of(self, decision_id: str) -> list[OutcomeEntry]:
        """The outcomes of a decision in the order they occurred."""
        statement = select(OUTCOMES).where(OUTCOMES.c.decision_id == decision_id).order_by(OUTCOMES.c.occurred_at)
        with _answering("read"), self.engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return [
            OutcomeEntry(
                **{
                    **row,
                    "occurred_at": to_instant(row["occurred_at"]),
                    "received_at": to_instant(row["received_at"]),
                }
            )
            for row in rows
        ]

    def record_event(self, entry: EventEntry) -> bool:
        """Whether the event is new; False for a repeated one. Raises Conflict where the id came with another body."""
        return self._add(EVENTS, entry) or self._repeats(EVENTS, entry.event_id, entry.body_hash)

    def events_of(self, customer_id: str) -> dict[str, list[Mapping[str, Cell]]]:
        """Every row received of the customer, by table, in the order received."""
        return self._events(EVENTS.c.customer_id == customer_id)

    def events(self) -> dict[str, list[Mapping[str, Cell]]]:
        """Every row received, by table, in the order received."""
        return self._events(true())

    def check(self) -> None:
        """Write nothing, in the way a decision would be written: raises StoreUnavailable where that is impossible."""
        with _answering("written"), self.engine.begin() as connection:
            connection.execute(delete(DECISIONS).where(false()))

    def _events(self, condition: ColumnElement[bool]) -> dict[str, list[Mapping[str, Cell]]]:
        order = (EVENTS.c.received_at, EVENTS.c.event_id)
        statement = select(EVENTS.c.table, EVENTS.c.row).where(condition).order_by(*order)
        with _answering("read"), self.engine.connect() as connection:
            rows = connection.execute(statement).all()
        found: dict[str, list[Mapping[str, Cell]]] = {}
        for table, row in rows:
            found.setdefault(table, []).append(json.loads(row))
        return found

    def _add(self, table: Table, entry: DecisionEntry | OutcomeEntry | EventEntry) -> bool:
        row = {name: getattr(entry, name) for name in entry.__slots__}
        row = {name: to_text(value) if isinstance(value, datetime) else value for name, value in row.items()}
        try:
            with _answering("written"), self.engine.begin() as connection:
                connection.execute(insert(table), row)
        except IntegrityError:
            return False
        return True

    def _repeats(self, table: Table, key: str, body_hash: str) -> bool:
        column = next(iter(table.primary_key))
        found = self._first(table, column == key)
        if found and found.body_hash != body_hash:
            raise Conflict(f"{column.name} {key!r} was used with another body")
        return False

    def _first(self, table: Table, condition: ColumnElement[bool]) -> Row[tuple[object, ...]] | None:
        with _answering("read"), self.engine.connect() as connection:
            return connection.execute(select(table).where(condition)).first()


@contextmanager
def _answering(verb: str) -> Iterator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except (DatabaseError, NoFreeConnection) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        raise StoreUnavailable(f"the ledger cannot be {verb}: {cause}") from error


def _make_durable(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for setting in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()
