"""Computes feature tables for the snapshots that are missing, one Parquet file per view and instant."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.expr.operations import PhysicalTable

from configs.dataset import Dataset
from configs.workspace import Workspace, replacing
from features.catalogue import views
from features.contract import TABLES
from features.segmentation.boxes import SEGMENTATION
from features.tables import Opened, Tables, open_tables
from features.views.view import View

MANIFEST = "manifest.json"
INSTANTS = "instants"
ROWS_AT_ONCE = 4_000_000
_ENDS: tuple[Literal["left", "right"], ...] = ("left", "right")


@dataclass(frozen=True)
class Computed:
    """What was done for one view: snapshots computed now, and those already there."""

    view: str
    computed: int
    kept: int
    rows: int


def compute(
    workspace: Workspace,
    dataset: Dataset,
    instants: Sequence[datetime],
    *,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> list[Computed]:
    """Bring every feature view up to `instants`.

    A view whose records or query have changed is computed anew; otherwise only missing snapshots are. Each file appears
    whole or not at all, so a killed run leaves work for the next one and nothing to repair. `progress` is told
    (view, snapshots done, snapshots to do).
    """
    opened = open_tables(workspace)
    return [_compute_view(opened, workspace, view, instants, progress) for view in views(dataset)]


def folder(workspace: Workspace, view: View) -> Path:
    """Where a view's snapshots are."""
    return workspace.features / view.name


def file_name(as_of: datetime) -> str:
    """The file of a snapshot, e.g. 20171106T050000Z.parquet."""
    return as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ.parquet")


def _compute_view(
    opened: Opened,
    workspace: Workspace,
    view: View,
    instants: Sequence[datetime],
    progress: Callable[[str, int, int], None],
) -> Computed:
    place = folder(workspace, view)
    _forget_outdated(place, _fingerprint(opened, workspace, view))
    missing = [instant for instant in instants if not (place / file_name(instant)).exists()]
    rows = 0
    for done, batch in _batches(opened, missing):
        progress(view.name, done, len(missing))
        table = evaluate(opened, view, batch)
        rows += table.num_rows
        for instant in batch:
            with replacing(place / file_name(instant)) as path:
                pq.write_table(_at(table, instant), path)
    progress(view.name, len(missing), len(missing))
    return Computed(view.name, len(missing), len(instants) - len(missing), rows)


def evaluate(opened: Opened, view: View, instants: Sequence[datetime]) -> pa.Table:
    """A view at `instants`: entities, `as_of` (microseconds, UTC), features; sorted by `as_of`."""
    seconds = ibis.memtable({"as_of": [instant.timestamp() for instant in instants]})
    return in_instants(opened.backend.to_pyarrow(view.select(view.build(opened.tables, seconds)).order_by("as_of")))


def query(view: View, tables: Tables) -> str:
    """The view as DuckDB's SQL over `tables` and a table INSTANTS with the column `as_of`, in seconds since 1970."""
    built = view.select(view.build(tables, ibis.table({"as_of": "float64"}, name=INSTANTS)))
    return str(ibis.to_sql(built, dialect="duckdb"))


def in_instants(table: pa.Table) -> pa.Table:
    """`table` with `as_of` in microseconds, UTC, instead of seconds."""
    as_of = pc.cast(pc.multiply(table["as_of"], 1e6), pa.int64()).cast(pa.timestamp("us", "UTC"))
    return table.set_column(table.schema.get_field_index("as_of"), "as_of", as_of)


def _batches(opened: Opened, instants: Sequence[datetime]) -> Iterator[tuple[int, Sequence[datetime]]]:
    customers = int(opened.tables["customers"].count().execute())
    size = max(1, ROWS_AT_ONCE // max(customers, 1))
    for start in range(0, len(instants), size):
        yield start, instants[start : start + size]


def _at(table: pa.Table, instant: datetime) -> pa.Table:
    """The rows of one instant of a table sorted by `as_of`."""
    as_of = table["as_of"].to_numpy()  # without a zone, in UTC
    start, end = (np.searchsorted(as_of, np.datetime64(int(instant.timestamp()), "s"), side) for side in _ENDS)
    return table.slice(start, end - start)


def _forget_outdated(place: Path, fingerprint: str) -> None:
    """Remove the snapshots of a view computed from other records or by another query."""
    manifest = place / MANIFEST
    if manifest.exists() and json.loads(manifest.read_text()).get("fingerprint") == fingerprint:
        return
    for path in place.glob("*.parquet"):
        path.unlink()
    with replacing(manifest) as path:
        path.write_text(json.dumps({"fingerprint": fingerprint}) + "\n")


def _fingerprint(opened: Opened, workspace: Workspace, view: View) -> str:
    """Changes with the view's query and with the records that the query reads."""
    built = view.build(opened.tables, ibis.table({"as_of": "float64"}, name=INSTANTS))
    digest = hashlib.sha256(query(view, opened.tables).encode())
    read = {node.name for node in built.op().find(PhysicalTable)}
    if SEGMENTATION in read and workspace.segmentation.exists():
        digest.update(workspace.segmentation.read_bytes())
    for table in sorted(read & set(TABLES)):
        for path in sorted((workspace.tables / table).glob("*.parquet")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
