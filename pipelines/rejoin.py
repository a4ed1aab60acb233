"""Served vectors joined again as training would have them, as the skew of what is served is found by."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine, select

from features import recency
from features.compute import folder
from features.definitions import define
from features.events import Row
from features.ledger import EVENTS, to_instant
from features.refresh import next_second
from features.vectors import FeatureVector, Value
from monitoring.skew.skew import SETTLES, Joined
from pipelines.features import STAMP
from pipelines.point_in_time import Known, PointInTime, State
from pipelines.session import Session
from serving.database import answering
from serving.ledger import ledger_url, open_ledger

ROW_AT = "purchases__computed_at"  # the one stored instant that tells what a row is as of
PUBLISHED = timedelta(hours=1)  # within which a snapshot that was computed is to be online
MOST_STATES = 20  # in which one vector may have come about
AT_ONCE = 500  # ids in one query: under SQLite's limit on parameters


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as the ledger keeps it."""

    table: str
    row: Row
    occurred_at: datetime
    received_at: datetime


class Rejoiner:
    """Implements `monitoring.skew.skew.Rejoin` for a workspace, from its records and the events in its ledger.

    Computed are the stored rows as of the instant that the served one is of: a snapshot's, or that of an event which
    refreshed it; where it should have been a later one, as of that. Known are all records before it, and the events
    received by the decision. Ages and recency are as of the decision. Raises WorkspaceError and DataError.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ledger = open_ledger(ledger_url(session.workspace))
        self._standing = session.dataset.clock.kind == "data"  # then instants do not tell which of two came first

    def __call__(self, served: Sequence[FeatureVector]) -> list[Joined]:
        """The joins of each vector."""
        events = arrivals(self._ledger, {vector.customer_id for vector in served})
        computing = PointInTime(self._session.workspace, self._session.dataset)
        told_by = [vector for vector in served if vector.customer_id not in events]
        snapshots = Snapshots(written(self._session, computing), told_by, standing=self._standing)
        asked = [self._states(vector, events.get(vector.customer_id, ()), snapshots) for vector in served]
        known = iter(computing.known([state for states in asked for state in states]))
        pairs = [(vector, state, next(known)) for vector, states in zip(served, asked, strict=True) for state in states]
        joined = iter(_Reading(self._session, computing).vectors(pairs))
        return [
            Joined(
                tuple(next(joined) for _ in states),
                row_at(vector),
                self._late(vector, events.get(vector.customer_id, ())),
            )
            for vector, states in zip(served, asked, strict=True)
        ]

    def _states(self, vector: FeatureVector, events: Sequence[Arrival], snapshots: Snapshots) -> list[State]:
        """Every state that `vector` may have come from; none where they are too many, or no instant is known."""
        told, due = row_at(vector), snapshots.due(vector.as_of)
        bases = {told} if told is not None else set(snapshots.before(vector.as_of))
        first, last = self._received(vector, events)
        if (last - first + 1) * len(bases) > MOST_STATES:
            return []
        return [
            State(
                vector.customer_id,
                max(filter(None, (base, due, self._refreshed(events[:count])))),
                tuple((one.table, one.row) for one in events[:count]),
            )
            for base in sorted(bases)
            for count in range(first, last + 1)
        ]

    def _received(self, vector: FeatureVector, events: Sequence[Arrival]) -> tuple[int, int]:
        """The least and the most of `events`, in their order, that can have reached `vector`."""
        if self._standing:
            return 0, len(events)
        sure, perhaps = vector.as_of - SETTLES, vector.as_of + SETTLES
        return sum(one.received_at <= sure for one in events), sum(one.received_at <= perhaps for one in events)

    def _refreshed(self, events: Sequence[Arrival]) -> datetime | None:
        """What the row is at least as of, once the last of `events` has reached it."""
        return next_second(events[-1].received_at) if events and not self._standing else None

    def _late(self, vector: FeatureVector, events: Sequence[Arrival]) -> bool:
        """Whether an event that had happened came too late; not told where the clock stands still."""
        after = vector.as_of + SETTLES
        return not self._standing and any(one.received_at > after and one.occurred_at < vector.as_of for one in events)


class Snapshots:
    """The instants that stored rows may be as of: of the snapshots on file, and those that vectors tell.

    `written` says when the files of each were, `told_by` are vectors of customers without events, whose rows therefore
    are a snapshot's.
    """

    def __init__(
        self, written: Mapping[datetime, datetime], told_by: Iterable[FeatureVector], *, standing: bool
    ) -> None:
        self._standing = standing
        self._written = written
        self._told = {at for vector in told_by if (at := row_at(vector)) is not None}

    def due(self, instant: datetime) -> datetime | None:
        """The snapshot that had to be online at `instant`, as far as is known.

        Files that were written later tell nothing of it: snapshots of earlier instants are computed again and again.
        """
        written = self._written
        there = [at for at, when in written.items() if self._standing or when + PUBLISHED <= instant]
        return max((at for at in there if at <= instant), default=None)

    def before(self, instant: datetime) -> set[datetime]:
        """What a row that does not tell may be as of."""
        last = (max((at for at in known if at <= instant), default=None) for known in (self._written, self._told))
        return {at for at in last if at is not None}


class _Reading:
    """Stored rows as a vector at the instant of a decision: too old is null, and recency is of that instant."""

    def __init__(self, session: Session, computing: PointInTime) -> None:
        defined = define(session.workspace, session.dataset)
        self._views = computing.views
        self._ttl_seconds = {view.name: view.ttl.total_seconds() or math.inf for view in defined.views}
        self._instants = recency.inputs(frozenset(view.name for view in self._views))

    def vectors(self, pairs: Sequence[tuple[FeatureVector, State, Known]]) -> list[FeatureVector]:
        """One for each served vector with a state and what is stored in it."""
        read = [self._read(*pair) for pair in pairs]
        asked = np.array([vector.as_of.timestamp() for vector in read], dtype=np.float64)
        stored = {
            (view, name): np.array([vector.values[f"{view}__{name}"] for vector in read], dtype=np.float64)
            for view, name in self._instants
        }
        days = {f"{recency.VIEW}__{name}": held.tolist() for name, held in recency.days(stored, asked).items()}
        return [
            FeatureVector(
                vector.customer_id,
                vector.as_of,
                {**vector.values, **{name: _number(held[place]) for name, held in days.items()}},
                vector.stale,
                vector.known,
                vector.by_kind,
            )
            for place, vector in enumerate(read)
        ]

    def _read(self, served: FeatureVector, state: State, known: Known) -> FeatureVector:
        age_seconds = (served.as_of - state.as_of).total_seconds()
        old = {name for name, ttl_seconds in self._ttl_seconds.items() if age_seconds > ttl_seconds}
        values: dict[str, Value] = {}
        by_kind: dict[str, dict[str, Value]] = {kind: {} for kind in served.by_kind}
        for view in self._views:
            empty = dict.fromkeys((f"{view.name}__{name}" for name in view.stored), None)
            if "offer_kind" not in view.entities:
                values.update(empty if view.name in old else known.rows.get(view.name, empty))
                continue
            for kind, held in by_kind.items():
                held.update(empty if view.name in old else known.by_kind.get((view.name, kind), empty))
        stale = tuple(name for name in known.rows if name in old)
        return FeatureVector(served.customer_id, served.as_of, values, stale, bool(known.rows), by_kind)


def arrivals(ledger: Engine, customers: set[str]) -> dict[str, list[Arrival]]:
    """The events of customers, in the order received; of those without any, nothing."""
    wanted, found = sorted(customers), dict[str, list[Arrival]]()
    e = EVENTS.c
    for start in range(0, len(wanted), AT_ONCE):
        query = select(e.customer_id, e.table, e.row, e.occurred_at, e.received_at)
        some = query.where(e.customer_id.in_(wanted[start : start + AT_ONCE])).order_by(e.received_at, e.event_id)
        with answering("read"), ledger.connect() as connection:
            for customer, table, row, occurred_at, received_at in connection.execute(some):
                held = Arrival(table, json.loads(row), to_instant(occurred_at), to_instant(received_at))
                found.setdefault(customer, []).append(held)
    return found


def row_at(vector: FeatureVector) -> datetime | None:
    """The instant that a vector's stored row is as of, where it tells one that can be: not after the decision."""
    told = vector.values.get(ROW_AT)
    if not isinstance(told, int | float) or not 0 <= told <= next_second(vector.as_of + SETTLES).timestamp():
        return None
    return datetime.fromtimestamp(told, UTC)


def written(session: Session, computing: PointInTime) -> dict[datetime, datetime]:
    """When the last file was written of each snapshot that every view has."""
    folders = [folder(session.workspace, view) for view in computing.views]
    files = [{one.stem: one for one in place.glob("*.parquet")} for place in folders]
    stamps = set.intersection(*map(set, files)) if files else set()
    return {
        datetime.strptime(stamp, STAMP).replace(tzinfo=UTC): max(
            datetime.fromtimestamp(held[stamp].stat().st_mtime, UTC) for held in files
        )
        for stamp in stamps
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
