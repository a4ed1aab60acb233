"""Opens a workspace's canonical tables as Ibis tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis

from configs.errors import WorkspaceError
from configs.workspace import Workspace
from features.contract import LABELS, TABLES
from features.sources import connect

Tables = Mapping[str, ibis.Table]


@dataclass(frozen=True)
class Opened:
    """An Ibis backend and the canonical tables found in it."""

    backend: ibis.BaseBackend
    tables: Tables


def open_tables(workspace: Workspace) -> Opened:
    """Every ingested table, and `labels` where the records came with some. Instants become whole seconds since 1970 (`occurred_at` and its like), so that the same
    arithmetic runs on every engine; as snapshots fall on whole seconds, `occurred_at < as_of` keeps its meaning.

    Raises WorkspaceError where nothing was ingested.
    """
    backend = ibis.duckdb.from_connection(connect())
    tables = {}
    for name in (*TABLES, LABELS.name):
        folder = workspace.tables / name
        if any(folder.glob("*.parquet")):
            tables[name] = in_seconds(
                backend.read_parquet(str(folder / "*.parquet"), table_name=name, union_by_name=True)
            )
    if "customers" not in tables:
        raise WorkspaceError(f"{workspace.root}: nothing ingested yet; run `tenure ingest DATASET`")
    return Opened(backend, tables)


def in_seconds(table: ibis.Table) -> ibis.Table:
    """`table` with each instant as whole seconds since 1970 (float64)."""
    instants = [name for name, kind in table.schema().items() if kind.is_timestamp()]
    return table.mutate(**{name: table[name].epoch_seconds().cast("float64") for name in instants})
