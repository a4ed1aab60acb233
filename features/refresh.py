"""One customer's features anew, by the same expressions that compute everybody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis

from configs.dataset import Dataset
from configs.workspace import Workspace
from features.catalogue import views
from features.compute import evaluate
from features.contract import TABLES
from features.events import Row, typed
from features.ingest import RECORDS
from features.sources import connect
from features.store import Store
from features.tables import Opened, in_seconds


@dataclass(frozen=True)
class Refresher:
    """Recomputes a customer's features from the records and the events received since, and pushes them online.

    `events_of` gives a customer's events by table; `clock` the instant of knowledge.
    """

    workspace: Workspace
    dataset: Dataset
    store: Store
    events_of: Callable[[str], Mapping[str, Sequence[Row]]]
    clock: Callable[[], datetime]

    def __call__(self, customer_id: str) -> None:
        """Bring the online store up to now for one customer. Raises StoreUnavailable."""
        now = next_second(self.clock())
        opened = self._open(customer_id, now)
        for view in views(self.dataset):
            if "customer_id" in view.entities:
                rows = evaluate(opened, view, [now]).to_pandas()
                if len(rows):
                    self.store.push(view.name, rows)

    def _open(self, customer_id: str, now: datetime) -> Opened:
        connection = connect()
        backend = ibis.duckdb.from_connection(connection)
        events = self.events_of(customer_id)
        tables = {}
        for name in TABLES:
            path = self.workspace.tables / name / RECORDS
            if not path.exists():
                continue
            records = backend.read_parquet(str(path), table_name=f"{name}_records")
            if "customer_id" in records.columns:
                records = records.filter(records.customer_id == customer_id)
            if name in events:
                connection.register(f"{name}_events", typed(self.dataset, name, events[name], now))
                arrived = backend.table(f"{name}_events")
                records = records.union(arrived.select(*records.columns), distinct=True)
            tables[name] = in_seconds(records)
        return Opened(backend, tables)


def next_second(instant: datetime) -> datetime:
    """The first whole second at or after `instant`: everything known at `instant` is before it, or at it exactly."""
    whole = instant.replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)
