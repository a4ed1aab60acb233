"""The ledger as serving writes it: what a method has returned is on disk and survives `kill -9`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Row, Select, Table, bindparam, delete, false, select, true
from sqlalchemy.exc import IntegrityError

from configs.errors import Conflict, NotFound
from features.ledger import CONTACTS, DECISIONS, EVENTS, OUTCOMES, UNMATCHED, to_instant, to_text
from serving.database import add, answering, ledger_url, open_ledger, writing
from serving.entries import (
    ContactEntry,
    DecisionEntry,
    EventEntry,
    Hold,
    OutcomeEntry,
    Shown,
    UnmatchedEntry,
)
from serving.holds import hold
from serving.schemas import Cell

__all__ = ["Ledger", "ledger_url", "open_ledger"]

# Built once: on every decision's path, building a statement costs more than running it.
_CONTACTS = (
    select(CONTACTS.c.offer_id, CONTACTS.c.channel, CONTACTS.c.at)
    .where(CONTACTS.c.customer_id == bindparam("customer_id"), CONTACTS.c.at >= bindparam("since"))
    .order_by(CONTACTS.c.at, CONTACTS.c.decision_id, CONTACTS.c.offer_id)
)
_REFUSALS = (
    select(CONTACTS.c.offer_id, CONTACTS.c.channel, OUTCOMES.c.occurred_at.label("at"))
    .join(CONTACTS, CONTACTS.c.decision_id == OUTCOMES.c.decision_id)
    .where(OUTCOMES.c.customer_id == bindparam("customer_id"), OUTCOMES.c.occurred_at >= bindparam("since"))
    .where(OUTCOMES.c.kind == "declined")
    .where((OUTCOMES.c.offer_id == CONTACTS.c.offer_id) | OUTCOMES.c.offer_id.is_(None))
    .order_by(OUTCOMES.c.occurred_at, OUTCOMES.c.outcome_id)
)


class Ledger:
    """Decisions, outcomes and events on `engine`. Every method raises StoreUnavailable where it does not answer.

    Each write stands in a transaction of its own and begins with the insert: nothing is read before it that another
    process could have changed.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def record_decision(
        self, entry: DecisionEntry, contacts: Sequence[ContactEntry] = (), holds: Sequence[Hold] = ()
    ) -> str:
        """The response in force: this entry's, or the earlier one of the same key and body.

        The contacts made and the budgets held are written with it, or nothing is. Raises Conflict, and BudgetSpent
        where a budget no longer has what is to be held.
        """
        try:
            with writing(self.engine) as connection:
                add(connection, DECISIONS, entry)
                for contact in contacts:
                    add(connection, CONTACTS, contact)
                hold(connection, holds)
        except IntegrityError:
            earlier = self.find_by_key(entry.idempotency_key or "", entry.body_hash)
            if earlier is None:
                raise Conflict(f"decision {entry.decision_id} is already in the ledger") from None
            return earlier
        return entry.response

    def find_by_key(self, key: str, body_hash: str) -> str | None:
        """The response stored under an idempotency key, None for a new key. Raises Conflict for another body."""
        found = self._first(DECISIONS, DECISIONS.c.idempotency_key == key)
        if found and found.body_hash != body_hash:
            raise Conflict("this Idempotency-Key was used with another body; a new request needs a new key")
        return found.response if found else None

    def find_decision(self, decision_id: str) -> DecisionEntry:
        """A decision by its id. Raises NotFound."""
        found = self._first(DECISIONS, DECISIONS.c.decision_id == decision_id)
        if found is None:
            raise NotFound(f"there is no decision {decision_id!r}")
        return DecisionEntry(**{**found._mapping, "decided_at": to_instant(found.decided_at)})

    def contacts_of(self, decision_id: str) -> list[ContactEntry]:
        """The offers that a decision put before its customer."""
        rows = self._all(CONTACTS, CONTACTS.c.decision_id == decision_id, CONTACTS.c.offer_id)
        return [ContactEntry(**{**row._mapping, "at": to_instant(row.at)}) for row in rows]

    def recent_contacts(self, customer_id: str, since: datetime) -> list[Shown]:
        """Every offer made to the customer at or after `since`, oldest first."""
        return self._shown(_CONTACTS, customer_id, since)

    def recent_refusals(self, customer_id: str, since: datetime) -> list[Shown]:
        """Every offer that the customer declined at or after `since`, oldest first, by the instant of the refusal."""
        return self._shown(_REFUSALS, customer_id, since)

    def record_outcome(self, entry: OutcomeEntry) -> bool:
        """Whether the outcome is new; False for a repeated one. Raises Conflict where the id came with another body."""
        return self._add(OUTCOMES, entry) or self._repeats(OUTCOMES, entry.outcome_id, entry.body_hash)

    def record_unmatched(self, entry: UnmatchedEntry) -> bool:
        """As `record_outcome`, for an outcome that no decision explains: it is kept aside."""
        return self._add(UNMATCHED, entry) or self._repeats(UNMATCHED, entry.outcome_id, entry.body_hash)

    def outcomes_of(self, decision_id: str) -> list[OutcomeEntry]:
        """The outcomes of a decision in the order they occurred."""
        rows = self._all(OUTCOMES, OUTCOMES.c.decision_id == decision_id, OUTCOMES.c.occurred_at)
        instants = ("occurred_at", "received_at")
        return [
            OutcomeEntry(**{**row._mapping, **{name: to_instant(row._mapping[name]) for name in instants}})
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
        with writing(self.engine) as connection:
            connection.execute(delete(DECISIONS).where(false()))

    def _events(self, condition: ColumnElement[bool]) -> dict[str, list[Mapping[str, Cell]]]:
        order = (EVENTS.c.received_at, EVENTS.c.event_id)
        statement = select(EVENTS.c.table, EVENTS.c.row).where(condition).order_by(*order)
        with answering("read"), self.engine.connect() as connection:
            rows = connection.execute(statement).all()
        found: dict[str, list[Mapping[str, Cell]]] = {}
        for table, row in rows:
            found.setdefault(table, []).append(json.loads(row))
        return found

    def _add(self, table: Table, entry: OutcomeEntry | UnmatchedEntry | EventEntry) -> bool:
        try:
            with writing(self.engine) as connection:
                add(connection, table, entry)
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
        with answering("read"), self.engine.connect() as connection:
            return connection.execute(select(table).where(condition)).first()

    def _all(
        self, table: Table, condition: ColumnElement[bool], order: ColumnElement[str]
    ) -> Sequence[Row[tuple[object, ...]]]:
        with answering("read"), self.engine.connect() as connection:
            return connection.execute(select(table).where(condition).order_by(order)).all()

    def _shown(self, statement: Select[tuple[str, str, str]], customer_id: str, since: datetime) -> list[Shown]:
        with answering("read"), self.engine.connect() as connection:
            rows = connection.execute(statement, {"customer_id": customer_id, "since": to_text(since)}).all()
        return [Shown(row.offer_id, row.channel, to_instant(row.at)) for row in rows]
