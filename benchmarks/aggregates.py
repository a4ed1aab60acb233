"""Feature tables of Complete Journey by our expressions, to the same aggregates hand-written in DuckDB SQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.results import record
from benchmarks.timing import compare
from configs.dataset import Dataset
from configs.errors import DataError
from configs.workspace import Workspace
from features.catalogue import views
from features.compute import compute, file_name
from features.segmentation import measure as segmentation
from features.sources import connect, literal
from features.tables import open_tables
from features.views.view import View
from pipelines import ingest
from pipelines.session import find_dataset

SQL = Path(__file__).parent / "sql"
SNAPSHOTS = 52
LAST = datetime(2018, 1, 1, 5, tzinfo=UTC)
ROUNDS = 3
TOLERANCE = 1e-9


def measure() -> None:
    """Record the ratio, once both have been found to write equal numbers."""
    dataset = find_dataset("complete_journey")
    instants = [LAST - timedelta(days=7 * back) for back in reversed(range(SNAPSHOTS))]
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace")
        by_hand = Path(folder) / "by_hand"
        ingest.run(dataset, workspace)
        segmentation.measure(workspace, dataset, open_tables(workspace), LAST)
        compared = compare(
            lambda: _anew(workspace.features, lambda: compute(workspace, dataset, instants)),
            lambda: _anew(by_hand, lambda: write_by_hand(workspace, views(dataset), instants, by_hand)),
            rounds=ROUNDS,
        )
        rows = _require_equal(workspace, dataset, instants, by_hand)
    record(
        "loop.features_ratio",
        round(compared.ratio, 2),
        reach="<= 1.5",
        floor=round(compared.floor_seconds, 2),
        note=(
            f"{compared.ours_seconds:.2f} s against {compared.floor_seconds:.2f} s; {SNAPSHOTS} weekly snapshots, "
            f"{len(views(dataset))} feature views, {rows:,} rows, from Parquet to one file per view and snapshot; "
            f"every number equal to {TOLERANCE:g}; median of {ROUNDS} alternating rounds, "
            f"{compared.spread}"
        ),
    )


def write_by_hand(workspace: Workspace, found: Sequence[View], instants: Sequence[datetime], folder: Path) -> None:
    """The same files as `features.compute.compute` writes, from the SQL in `benchmarks/sql`."""
    with connect() as connection:
        connection.execute(
            (SQL / "tables.sql").read_text().format(tables=workspace.tables, segmentation=workspace.segmentation)
        )
        connection.execute("CREATE TEMP TABLE instants (as_of TIMESTAMPTZ, asked DOUBLE)")
        connection.executemany(
            "INSERT INTO instants VALUES (?, ?)", [(instant, instant.timestamp()) for instant in instants]
        )
        for view in found:
            (folder / view.name).mkdir(parents=True)
            _write(connection, view.name, instants, folder / view.name)


def _write(connection: duckdb.DuckDBPyConnection, view: str, instants: Sequence[datetime], folder: Path) -> None:
    connection.execute(f"CREATE TEMP TABLE {view}_rows AS {(SQL / f'{view}.sql').read_text()}")
    for instant in instants:
        connection.execute(
            f"COPY (SELECT * FROM {view}_rows WHERE as_of = {literal(instant.isoformat())}::TIMESTAMPTZ) "
            f"TO {literal(str(folder / file_name(instant)))} (FORMAT parquet)"
        )


def _anew(folder: Path, work: Callable[[], object]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    work()


def _require_equal(workspace: Workspace, dataset: Dataset, instants: Sequence[datetime], by_hand: Path) -> int:
    rows = 0
    for view in views(dataset):
        keys = [*view.entities, "as_of"]
        for instant in instants:
            name = file_name(instant)
            ours = pq.read_table(workspace.features / view.name / name).to_pandas()
            floor = pq.read_table(by_hand / view.name / name).to_pandas()
            ours, floor = (t.sort_values(keys, ignore_index=True)[[*keys, *view.stored]] for t in (ours, floor))
            rows += len(ours)
            if not equal(ours, floor):
                raise DataError(f"{view.name} {name}: the hand-written SQL gives other numbers")
    return rows


def equal(ours: pd.DataFrame, floor: pd.DataFrame) -> bool:
    """Whether two frames of the same columns hold the same rows, numbers within TOLERANCE of one another."""
    if len(ours) != len(floor):
        return False
    for name in ours.columns:
        mine, base = ours[name], floor[name]
        if pd.api.types.is_float_dtype(mine):
            if not np.allclose(mine, base.astype("float64"), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
                return False
        elif not (mine.fillna("").astype(str) == base.fillna("").astype(str)).all():
            return False
    return True
