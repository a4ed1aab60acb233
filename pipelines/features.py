"""`tenure features`: snapshots computed, definitions registered, the latest one put online."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from configs.errors import WorkspaceError
from features.catalogue import views
from features.compute import Computed, compute, folder
from features.events import Row, fold
from features.segmentation.measure import Measured, measure
from features.snapshots import cadence, campaign_instants, first_snapshot
from features.tables import Opened, open_tables
from pipelines.session import Session, only_one
from serving.ledger import Ledger, ledger_url, open_ledger

if TYPE_CHECKING:
    from features.store import Store

STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class FeaturesReport:
    """What was computed, and the instant that is online now."""

    views: list[Computed]
    as_of: datetime
    events: int
    segments: Measured


def run(session: Session, progress: Callable[[str, int, int], None] = lambda *_: None) -> FeaturesReport:
    """Fold in the events received, compute what is missing, register, and bring the latest snapshot online."""
    with only_one(session.workspace, "features"):
        now = session.clock().replace(microsecond=0)
        before = received(session)
        events = fold(session.workspace, session.dataset, before, now)
        measured = segmented(session, now)
        computed = compute(session.workspace, session.dataset, instants(session, now), progress=progress)
        progress("bringing the latest snapshot online", 0, 0)
        store = session.store()
        store.register()
        store.materialise(now)
        _refresh(session, store, latecomers(before, received(session)))
    return FeaturesReport(computed, now, events, measured)


def segmented(session: Session, now: datetime) -> Measured:
    """The segmentation measured on the records as they are now; where learning is not installed, it stays as it is."""
    if find_spec("sklearn") is None:
        return Measured(None, 0, (), "pip install 'tenure[train]' measures them; those that were measured stay")
    return measure(session.workspace, session.dataset, open_tables(session.workspace), now)


def latecomers(before: Mapping[str, Sequence[Row]], after: Mapping[str, Sequence[Row]]) -> list[str]:
    """The customers of whom more events are known in `after`: theirs may lie under the snapshot just put online."""
    new = (row for table, rows in after.items() for row in rows[len(before.get(table, ())) :])
    return sorted({str(row["customer_id"]) for row in new})


def _refresh(session: Session, store: Store, customer_ids: Sequence[str]) -> None:
    if not customer_ids:
        return
    from features.refresh import Refresher

    ledger = Ledger(open_ledger(ledger_url(session.workspace)))
    refresh = Refresher(session.workspace, session.dataset, store, ledger.events_of, session.clock)
    for customer_id in customer_ids:
        refresh(customer_id)


def instants(session: Session, now: datetime) -> tuple[datetime, ...]:
    """The snapshots to have at `now`: the cadence, the instants at which campaigns were sent, and `now` itself."""
    opened = open_tables(session.workspace)
    return tuple(sorted({*regular(session, opened, now), *campaign_instants(opened, until=now), now}))


def regular(session: Session, opened: Opened, now: datetime) -> tuple[datetime, ...]:
    """The snapshots of the cadence, which models of churn and value learn from.

    On the wall clock they fall on whole multiples of the cadence since 1970, so that a later run finds the earlier
    one's computed already, and a later model is judged on rows that the earlier one was judged on too.
    """
    dataset = session.dataset
    first = dataset.snapshots.first or first_snapshot(opened, dataset)
    if dataset.clock.kind == "wall" and dataset.churn.kind != "label":
        step = timedelta(days=dataset.snapshots.every_days).total_seconds()
        now = datetime.fromtimestamp(now.timestamp() // step * step, UTC)
    return cadence(dataset, first=first, now=now)


def latest(session: Session) -> datetime:
    """The last snapshot up to the session's clock that every view has. Raises WorkspaceError where there is none."""
    return computed(session)[-1]


def computed(session: Session) -> list[datetime]:
    """The snapshots up to the session's clock that every view has, oldest first. Raises WorkspaceError without one."""
    stamps = [
        {file.stem for file in folder(session.workspace, view).glob("*.parquet")} for view in views(session.dataset)
    ]
    found = (datetime.strptime(stamp, STAMP).replace(tzinfo=UTC) for stamp in set.intersection(*stamps))
    known = sorted(instant for instant in found if instant <= session.clock())
    if not known:
        raise WorkspaceError(f"{session.workspace.root}: no features computed yet; run `tenure features`")
    return known


def received(session: Session) -> Mapping[str, Sequence[Row]]:
    """The events in the ledger, by table, in the order received."""
    if not session.workspace.ledger.exists():
        return {}
    return Ledger(open_ledger(ledger_url(session.workspace))).events()
