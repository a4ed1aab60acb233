"""`tenure features`: snapshots computed, definitions registered, the latest one put online."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import create_engine, select

from features.compute import Computed, compute
from features.events import Row, fold
from features.ledger import EVENTS
from features.snapshots import cadence, campaign_instants, first_snapshot
from features.tables import Opened, open_tables
from pipelines.session import Session, only_one


@dataclass(frozen=True)
class FeaturesReport:
    """What was computed, and the instant that is online now."""

    views: list[Computed]
    as_of: datetime
    events: int


def run(session: Session, progress: Callable[[str, int, int], None] = lambda *_: None) -> FeaturesReport:
    """Fold in the events received, compute what is missing, register, and bring the latest snapshot online."""
    with only_one(session.workspace, "features"):
        now = session.clock().replace(microsecond=0)
        events = fold(session.workspace, session.dataset, received(session), now)
        computed = compute(session.workspace, session.dataset, instants(session, now), progress=progress)
        progress("bringing the latest snapshot online", 0, 0)
        store = session.store()
        store.register()
        store.materialise(now)
    return FeaturesReport(computed, now, events)


def instants(session: Session, now: datetime) -> tuple[datetime, ...]:
    """The snapshots to have at `now`: the cadence, and the instants at which campaigns were sent."""
    opened = open_tables(session.workspace)
    return tuple(sorted({*regular(session, opened, now), *campaign_instants(opened, until=now)}))


def regular(session: Session, opened: Opened, now: datetime) -> tuple[datetime, ...]:
    """The snapshots of the cadence, which models of churn and value learn from."""
    first = session.dataset.snapshots.first or first_snapshot(opened, session.dataset)
    return cadence(session.dataset, first=first, now=now)


def received(session: Session) -> dict[str, list[Row]]:
    """The events in the ledger, by table, in the order they occurred."""
    if not session.workspace.ledger.exists():
        return {}
    engine = create_engine(f"sqlite:///{session.workspace.ledger.absolute()}")
    with engine.connect() as connection:
        rows = connection.execute(select(EVENTS.c.table, EVENTS.c.row).order_by(EVENTS.c.occurred_at)).all()
    found: dict[str, list[Row]] = {}
    for table, row in rows:
        found.setdefault(table, []).append(json.loads(row))
    return found
