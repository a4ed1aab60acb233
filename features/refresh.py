"""One customer's features anew, by the same expressions that compute everybody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import ibis
import pyarrow as pa

from configs.dataset import Dataset
from configs.workspace import Workspace
from features.catalogue import views
from features.compute import evaluate
from features.contract import TABLES, Table
from features.events import Row, typed
from features.sources import connect
from features.store import Store
from features.tables import OPENED, RECORDS, Opened, in_seconds, opening, with_events


@dataclass(frozen=True)
class Refresher:
    """Recomputes a customer's features from the records and the events received since, and pushes them online.

    `events_of` gives a customer's events by table, in the order received; `clock` the instant of knowledge.
    """

    workspace: Workspace
    dataset: Dataset
    store: Store
    events_of: Callable[[str], Mapping[str, Sequence[Row]]]
    clock: Callable[[], datetime]

    def __call__(self, customer_id: str) -> None:
        """Bring the online store up to now for one customer. Raises StoreUnavailable."""
        now = next_second(self.clock())
        with connect() as connection:
            opened = self._open(connection, customer_id, now)
            for view in views(self.dataset):
                if "customer_id" in view.entities:
                    rows = evaluate(opened, view, [now]).to_pandas()
                    if len(rows):
                        self.store.push(view.name, rows)

    def _open(self, connection: duckdb.DuckDBPyConnection, customer_id: str, now: datetime) -> Opened:
        """The workspace's tables, with no other customer's rows in them."""
        backend = ibis.duckdb.from_connection(connection)
        events: dict[str, pa.Table] = {
            str(name): typed(self.dataset, name, rows, now)
            for name, rows in self.events_of(customer_id).items()
            if name in self.dataset.tables
        }
        tables = {}
        for table in TABLES.values():
            path = self.workspace.tables / table.name / RECORDS
            if path.exists():
                everybody = backend.read_parquet(str(path), table_name=f"{table.name}_records")
                tables[table.name] = in_seconds(
                    _of(connection, backend, customer_id, table, everybody, events.get(table.name))
                )
                if table.name == "transactions":
                    tables[OPENED] = _first(opening(in_seconds(everybody)), opening(tables[table.name]))
        return Opened(backend, tables)


def _of(
    connection: duckdb.DuckDBPyConnection,
    backend: ibis.BaseBackend,
    customer_id: str,
    table: Table,
    everybody: ibis.Table,
    events: pa.Table | None,
) -> ibis.Table:
    """A customer's records and events, each row once; offers are everybody's."""
    if "customer_id" not in table.names:
        return everybody
    records = everybody.filter(everybody.customer_id == customer_id)
    if events is None:
        return records
    connection.register(f"{table.name}_events", events)
    return with_events(table, records, backend.table(f"{table.name}_events")).distinct()


def _first(records: ibis.Table, events: ibis.Table) -> ibis.Table:
    both = records.union(events)
    return both.aggregate(opened_at=both.opened_at.min())


def next_second(instant: datetime) -> datetime:
    """The first whole second at or after `instant`: everything known at `instant` is before it, or at it exactly."""
    whole = instant.replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)
