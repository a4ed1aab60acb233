"""Opens a workspace's canonical tables as Ibis tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
from ibis.util import gen_name

from configs.errors import DataError, WorkspaceError
from configs.workspace import Workspace
from features.casts import quoted
from features.contract import LABELS, TABLES, Table
from features.segmentation.boxes import SEGMENTATION, take
from features.sources import connect, literal

RECORDS, EVENTS = "records.parquet", "events.parquet"
ZONED = "TIMESTAMP WITH TIME ZONE"
OPENED = "opened"  # not a canonical table: one row, `opened_at`, the instant of the first transaction in the records

Tables = Mapping[str, ibis.Table]


@dataclass(frozen=True)
class Opened:
    """An Ibis backend and the canonical tables found in it."""

    backend: ibis.BaseBackend
    tables: Tables

    def hold(self, table: ibis.Table) -> ibis.Table:
        """`table`, found by the engine and kept in it: for rows that are asked of more than once."""
        # not `cache`, nor overwritten: Ibis 12 drops tables in words that DuckDB 2 does not take
        held: ibis.Table = self.backend.create_table(gen_name("held"), table, temp=True)
        return held

    @contextmanager
    def holding(self, table: ibis.Table) -> Iterator[ibis.Table]:
        """As `hold`, for as long as the block runs."""
        held = self.hold(table)
        try:
            yield held
        finally:
            self.release(held)

    def release(self, *held: ibis.Table) -> None:
        """Keep these no longer."""
        for table in held:
            self.backend.con.execute(f"DROP TABLE {table.get_name()}")


def open_tables(workspace: Workspace) -> Opened:
    """Every ingested table with the events folded in, and `labels` where the records came with some.

    Instants (`occurred_at` and its like) become whole seconds since 1970, so that the same arithmetic runs on every
    engine; as snapshots fall on whole seconds, `occurred_at < as_of` keeps its meaning. Raises WorkspaceError where
    nothing was ingested, and DataError where a file is damaged.
    """
    backend = ibis.duckdb.from_connection(connect())
    tables = {}
    for table in (*TABLES.values(), LABELS):
        folder = workspace.tables / table.name
        if not (folder / RECORDS).exists():
            continue
        records = _read(backend, folder / RECORDS, table.name)
        if (folder / EVENTS).exists():
            events = _read(backend, folder / EVENTS, f"{table.name}_events")
            records = with_events(table, records, events)
        tables[table.name] = in_seconds(records)
    if "customers" not in tables:
        raise WorkspaceError(f"{workspace.root}: nothing ingested yet; run `tenure ingest DATASET`")
    if "transactions" in tables:
        tables[OPENED] = opening(tables["transactions"])
    take(backend.con, workspace)
    tables[SEGMENTATION] = backend.table(SEGMENTATION)
    return Opened(backend, tables)


def _read(backend: ibis.backends.duckdb.Backend, path: Path, name: str) -> ibis.Table:
    """The rows of a Parquet file as the view `name`, instants without their zone, which is UTC.

    DuckDB reckons with zones by a calendar, which would take most of the time of reading. Raises DataError where the
    file is damaged.
    """
    rows = f"read_parquet({literal(str(path))})"
    try:
        found = backend.con.sql(f"FROM {rows}")
    except duckdb.Error as error:
        raise DataError(f"{path} is damaged: {str(error).splitlines()[0]}; `tenure ingest` again") from error
    zoned = [column for column, kind in zip(found.columns, found.types, strict=True) if kind == ZONED]
    plain = ", ".join(f"make_timestamp(epoch_us({quoted(one)})) AS {quoted(one)}" for one in zoned)
    replaced = f" REPLACE ({plain})" if plain else ""
    backend.con.execute(f"CREATE TEMP VIEW {quoted(name)} AS SELECT *{replaced} FROM {rows}")
    return backend.table(name)


def with_events(table: Table, records: ibis.Table, events: ibis.Table) -> ibis.Table:
    """`records` and the rows received since: where the table has a key, a received row replaces the record of its key.

    Rows received that are in the records already are left out by `features.events.fold`.
    """
    if table.unique:
        records = records.anti_join(events, list(table.unique))
    return records.union(events.select(*records.columns))


def opening(transactions: ibis.Table) -> ibis.Table:
    """The one row of OPENED, from everybody's transactions."""
    return transactions.aggregate(opened_at=transactions.occurred_at.min())


def in_seconds(table: ibis.Table) -> ibis.Table:
    """`table` with each instant as whole seconds since 1970 (float64)."""
    instants = [name for name, kind in table.schema().items() if kind.is_timestamp()]
    return table.mutate(**{name: table[name].epoch_seconds().cast("float64").floor() for name in instants})
