"""Features anew, as training computes them, of customers of whom just so much was known at an instant.

Each state of knowledge stands as a customer of its own in tables of the sampled customers alone, so that the
expressions behind everybody's snapshots give all states of some instants at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from math import isnan

import duckdb
import ibis
import pyarrow as pa

from configs.dataset import Dataset
from configs.errors import WorkspaceError
from configs.workspace import Workspace
from features.casts import quoted
from features.catalogue import views
from features.compute import evaluate
from features.contract import TABLES, Table
from features.events import Row, typed
from features.segmentation.boxes import SEGMENTATION, take
from features.sources import connect, literal
from features.tables import OPENED, RECORDS, Opened, in_seconds, opening, with_events
from features.vectors import Value
from features.views.view import View

INSTANTS = 32  # of snapshots computed at once
KIND = "offer_kind"
Stored = Mapping[str, Value]
"""A stored row by `<view>__<feature>`."""


@dataclass(frozen=True, slots=True)
class State:
    """What was known of a customer: all records before `as_of`, and of `events`, in the order received, those too."""

    customer_id: str
    as_of: datetime
    events: tuple[tuple[str, Row], ...] = ()  # (table, row)


@dataclass(frozen=True, slots=True)
class Known:
    """The stored rows of one state: by view, and by (view, kind of offer). A view without a row is not there."""

    rows: Mapping[str, Stored]
    by_kind: Mapping[tuple[str, str], Stored]


class PointInTime:
    """Computes states from the records of a workspace. Raises WorkspaceError where nothing was ingested.

    `views` are those that tell of a customer, or of a customer and a kind of offer, and whose records are there.
    """

    def __init__(self, workspace: Workspace, dataset: Dataset) -> None:
        self._workspace, self._dataset = workspace, dataset
        paths = {name: workspace.tables / name / RECORDS for name in dataset.tables}
        self._records = {name: str(path) for name, path in paths.items() if path.exists()}
        if "customers" not in self._records:
            raise WorkspaceError(f"{workspace.root}: nothing ingested yet; run `tenure ingest DATASET`")
        self.views = tuple(
            view for view in views(dataset) if "customer_id" in view.entities and set(view.needs) <= set(self._records)
        )

    def known(self, states: Sequence[State]) -> list[Known]:
        """What is stored in each state, in order. Raises DataError for events that no longer fit the contract."""
        found = [Known({}, {}) for _ in states]
        with closing(connect()) as connection:
            take(connection, self._workspace)
            self._take_records(connection, {state.customer_id for state in states})
            for numbers in _batches(states):
                for number, known in self._batch(connection, {str(number): states[number] for number in numbers}):
                    found[number] = known
        return found

    def _take_records(self, connection: duckdb.DuckDBPyConnection, customers: Iterable[str]) -> None:
        """`own_<table>` of the sampled customers; `everybody`, the first instant of all transactions."""
        connection.register("sampled", pa.table({"customer_id": pa.array(sorted(customers), pa.string())}))
        for table, path in self._records.items():
            records = f"SELECT * FROM read_parquet({literal(path)})"
            mine = f"{records} SEMI JOIN sampled USING (customer_id)" if _of_customers(table) else records
            connection.execute(f"CREATE TABLE own_{table} AS {mine}")
            if table == "transactions":
                connection.execute(f"CREATE TABLE everybody AS SELECT min(occurred_at) AS occurred_at FROM ({records})")

    def _batch(self, connection: duckdb.DuckDBPyConnection, states: Mapping[str, State]) -> Iterator[tuple[int, Known]]:
        opened = self._opened(connection, states)
        instants = sorted({state.as_of for state in states.values()})
        rows: dict[str, tuple[dict[str, Stored], dict[tuple[str, str], Stored]]] = {alias: ({}, {}) for alias in states}
        for view in self.views:
            for row in _own(evaluate(opened, view, instants), states):
                plain, by_kind = rows[str(row["customer_id"])]
                if KIND in view.entities:
                    by_kind[view.name, str(row[KIND])] = _stored(view, row)
                else:
                    plain[view.name] = _stored(view, row)
        return ((int(alias), Known(*held)) for alias, held in rows.items())

    def _opened(self, connection: duckdb.DuckDBPyConnection, states: Mapping[str, State]) -> Opened:
        """The canonical tables, with states in the place of customers and the events of each beside its records."""
        alias = {"alias": list(states), "customer_id": [state.customer_id for state in states.values()]}
        connection.register("states", pa.table(alias, pa.schema([(name, pa.string()) for name in alias])))
        backend = ibis.duckdb.from_connection(connection)
        latest = max(state.as_of for state in states.values())
        tables = {SEGMENTATION: backend.table(SEGMENTATION)}
        for name in self._records:
            arrived = _arrived(states, name)
            self._place(connection, name, typed(self._dataset, name, arrived, latest) if arrived else None)
            held = _held(backend, TABLES[name], name, arrived=bool(arrived))
            if name == "transactions":
                first = in_seconds(backend.table("everybody")).union(in_seconds(held).select("occurred_at"))
                tables[OPENED] = opening(first)
            tables[name] = in_seconds(held)
        return Opened(backend, tables)

    def _place(self, connection: duckdb.DuckDBPyConnection, name: str, events: pa.Table | None) -> None:
        mine = f"SELECT * FROM own_{name}"
        if _of_customers(name):
            columns = [row[0] for row in connection.execute(f"DESCRIBE own_{name}").fetchall()]
            told = ", ".join("alias AS customer_id" if one == "customer_id" else quoted(one) for one in columns)
            mine = f"SELECT {told} FROM own_{name} JOIN states USING (customer_id)"
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS {mine}")
        if events is not None:
            connection.register("arrived", events)
            connection.execute(f"CREATE OR REPLACE TABLE arrived_{name} AS SELECT * FROM arrived")


def _batches(states: Sequence[State]) -> Iterator[list[int]]:
    """Numbers of states, those of up to INSTANTS instants together: every state is computed at each of its batch."""
    instants = sorted({state.as_of for state in states})
    for start in range(0, len(instants), INSTANTS):
        some = set(instants[start : start + INSTANTS])
        yield [number for number, state in enumerate(states) if state.as_of in some]


def _of_customers(table: str) -> bool:
    return "customer_id" in TABLES[table].names


def _arrived(states: Mapping[str, State], table: str) -> list[Row]:
    return [
        {**row, "customer_id": alias} for alias, state in states.items() for name, row in state.events if name == table
    ]


def _held(backend: ibis.BaseBackend, table: Table, name: str, *, arrived: bool) -> ibis.Table:
    """Records, and events that the records do not hold already, as `features.events.fold` leaves them."""
    records = backend.table(name)
    if not arrived:
        return records
    events = backend.table(f"arrived_{name}").select(*records.columns)
    return with_events(table, records, events.difference(records))


def _own(table: pa.Table, states: Mapping[str, State]) -> list[dict[str, object]]:
    """The rows of each state at its own instant."""
    pairs = zip(table["customer_id"].to_pylist(), table["as_of"].to_pylist(), strict=True)
    places = [place for place, (alias, as_of) in enumerate(pairs) if states[alias].as_of == as_of]
    rows: list[dict[str, object]] = table.take(pa.array(places, pa.int64())).to_pylist()
    return rows


def _stored(view: View, row: Mapping[str, object]) -> Stored:
    return {f"{view.name}__{name}": _plain(row[name]) for name in view.stored}


def _plain(value: object) -> Value:
    """NaN is null, as it is for whoever reads the store."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    return value if isinstance(value, float | str) else str(value)
