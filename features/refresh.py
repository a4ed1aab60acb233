"""One customer's features anew, by the same expressions that compute everybody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb
import ibis
import pyarrow as pa

from configs.dataset import Dataset
from configs.workspace import Workspace
from features.catalogue import views
from features.compute import INSTANTS, in_instants, query
from features.contract import TABLES, Table
from features.events import Row, typed
from features.segmentation.boxes import SCHEMA, SEGMENTATION, take
from features.sources import connect, literal
from features.store import Store
from features.tables import OPENED, RECORDS, Tables, in_seconds, opening

EVERYBODY = "everybody"  # the instants of everybody's transactions


@dataclass(frozen=True)
class Refresher:
    """Recomputes a customer's features from the records and the events received since, and pushes them online.

    `events_of` gives a customer's events by table, in the order received; `clock` the instant of knowledge. Queries
    are translated to SQL once, for that takes a hundred times longer than running them for one customer.
    """

    workspace: Workspace
    dataset: Dataset
    store: Store
    events_of: Callable[[str], Mapping[str, Sequence[Row]]]
    clock: Callable[[], datetime]
    _queries: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, customer_id: str) -> None:
        """Bring the online store up to now for one customer. Raises StoreUnavailable."""
        now = next_second(self.clock())
        events = self.events_of(customer_id)
        with connect() as connection:
            for table in self._ingested():
                rows = typed(self.dataset, table.name, events[table.name], now) if table.name in events else None
                self._fill(connection, table, customer_id, rows)
            take(connection, self.workspace)
            connection.execute(f"CREATE TEMP TABLE {INSTANTS} AS SELECT {now.timestamp()}::DOUBLE AS as_of")
            for view, sql in self._translated().items():
                found = in_instants(connection.sql(sql).to_arrow_table())
                if found.num_rows:
                    self.store.push(view, found.to_pandas())

    def _ingested(self) -> list[Table]:
        return [table for table in TABLES.values() if (self.workspace.tables / table.name / RECORDS).exists()]

    def _fill(
        self, connection: duckdb.DuckDBPyConnection, table: Table, customer_id: str, events: pa.Table | None
    ) -> None:
        """Make `table` of one customer's records and events, each row once; offers are everybody's."""
        records = f"SELECT * FROM read_parquet({literal(str(self.workspace.tables / table.name / RECORDS))})"
        mine = f"{records} WHERE customer_id = {literal(customer_id)}" if "customer_id" in table.names else records
        if events is not None:
            connection.register(f"arrived_{table.name}", events)
            if table.unique:  # a row received replaces the record of its key
                mine += f" AND {table.unique[0]} NOT IN (SELECT {table.unique[0]} FROM arrived_{table.name})"
            mine += f" UNION BY NAME SELECT * FROM arrived_{table.name}"
        connection.execute(f"CREATE TEMP TABLE {table.name} AS {mine}")
        if table.name == "transactions":
            instants = f"SELECT occurred_at FROM ({records}) UNION ALL SELECT occurred_at FROM {table.name}"
            connection.execute(f"CREATE TEMP VIEW {EVERYBODY} AS {instants}")

    def _translated(self) -> dict[str, str]:
        """SQL by view, over the tables that `_fill` makes, of the views that tell of a customer."""
        if not self._queries:
            tables = self._unbound()
            found = [view for view in views(self.dataset) if "customer_id" in view.entities]
            self._queries.update({view.name: query(view, tables) for view in found})
        return self._queries

    def _unbound(self) -> Tables:
        """The tables by name and columns alone."""
        backend = ibis.duckdb.connect()
        tables = {SEGMENTATION: ibis.table(ibis.Schema.from_pyarrow(SCHEMA), name=SEGMENTATION)}
        for table in self._ingested():
            schema = backend.read_parquet(str(self.workspace.tables / table.name / RECORDS)).schema()
            tables[table.name] = in_seconds(ibis.table(schema, name=table.name))
            if table.name == "transactions":
                instants = ibis.table({"occurred_at": schema["occurred_at"]}, name=EVERYBODY)
                tables[OPENED] = opening(in_seconds(instants))
        return tables


def next_second(instant: datetime) -> datetime:
    """The first whole second at or after `instant`: everything known at `instant` is before it, or at it exactly."""
    whole = instant.replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)
