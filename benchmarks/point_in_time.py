"""The point-in-time join of training, to a raw DuckDB ASOF join of the same feature tables."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import world
from benchmarks.results import record
from benchmarks.timing import compare
from configs.dataset import Churn, Dataset, Snapshots, Source, TableName, Value
from configs.errors import DataError
from configs.profile import Profile
from configs.workspace import Workspace
from features.catalogue import views
from features.compute import file_name, folder
from features.sources import connect, literal
from features.store import Store
from features.views.view import View

SNAPSHOTS = 50
CUSTOMERS = 20_000
SPINE = 200_000
ROUNDS = 5
MODEL = "churn"


def measure() -> None:
    """Record the ratio, once both joins have been found to give the same values."""
    dataset = _dataset()
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Workspace(Path(temporary))
        generate(workspace, dataset)
        store = Store(workspace, dataset, Profile())
        store.register()
        spine = _spine()
        _require_equal(store.join(spine, MODEL), raw_join(workspace, dataset, spine), views(dataset))
        compared = compare(
            lambda: store.join(spine, MODEL), lambda: raw_join(workspace, dataset, spine), rounds=ROUNDS, warm=False
        )
    record(
        "loop.pit_ratio",
        round(compared.ratio, 2),
        reach="<= 2",
        floor=round(compared.floor_seconds, 2),
        note=(
            f"{compared.ours_seconds:.2f} s against {compared.floor_seconds:.2f} s; {SPINE:,} spine rows, "
            f"{len(views(dataset))} feature views of {SNAPSHOTS * CUSTOMERS:,} rows in {SNAPSHOTS} files each; ours "
            f"includes recency and order of rows, the floor neither TTL nor recency; values equal; median of {ROUNDS} "
            f"alternating rounds, {compared.spread}"
        ),
    )


def generate(workspace: Workspace, dataset: Dataset, *, seed: int = 0) -> None:
    """Feature tables of `dataset` as `features.compute` leaves them, with random values."""
    rng = np.random.default_rng(seed)
    ids = pa.array([f"c{number:07d}" for number in range(CUSTOMERS)])
    for view in views(dataset):
        folder(workspace, view).mkdir(parents=True)
        for back in range(SNAPSHOTS):
            as_of = world.NOW - timedelta(days=7 * back)
            columns = {name: rng.random(CUSTOMERS) * as_of.timestamp() for name in view.numbers + view.state}
            instants = pa.array([as_of] * CUSTOMERS, pa.timestamp("us", "UTC"))
            table = pa.table({"customer_id": ids, "as_of": instants, **columns})
            pq.write_table(table, folder(workspace, view) / file_name(as_of))


def raw_join(workspace: Workspace, dataset: Dataset, spine: pd.DataFrame) -> pd.DataFrame:
    """`spine` with every stored column of the views as of each row, in the order of `spine`."""
    joins, columns = [], []
    for view in views(dataset):
        files = literal(str(folder(workspace, view) / "*.parquet"))
        joins.append(
            f"ASOF LEFT JOIN read_parquet({files}) AS {view.name} "
            f"ON spine.customer_id = {view.name}.customer_id AND spine.as_of >= {view.name}.as_of"
        )
        columns += [f"{view.name}.{name} AS {view.name}__{name}" for name in view.stored]
    with connect() as connection:
        connection.register("spine", spine.reset_index(names="row"))
        joined: pd.DataFrame = connection.execute(
            f"SELECT spine.*, {', '.join(columns)} FROM spine {' '.join(joins)} ORDER BY spine.row"
        ).df()
    return joined


def _dataset() -> Dataset:
    """Customers, purchases and interactions: the three views that a churn model mostly learns from."""
    names: tuple[TableName, ...] = ("customers", "transactions", "interactions")
    return Dataset(
        name="made_up_history",
        sources={"none": Source(path="none.parquet")},
        tables=dict.fromkeys(names, "SELECT * FROM none"),
        snapshots=Snapshots(every_days=7),
        churn=Churn(kind="lapse"),
        value=Value(kind="transactions"),
    )


def _spine(*, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ago = rng.integers(0, SNAPSHOTS * 7 * 86_400, SPINE)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:07d}" for number in rng.integers(0, CUSTOMERS, SPINE)],
            "as_of": pd.Timestamp(world.NOW) - pd.to_timedelta(np.minimum(ago, (SNAPSHOTS - 1) * 7 * 86_400), unit="s"),
        }
    )


def _require_equal(ours: pd.DataFrame, floor: pd.DataFrame, found: tuple[View, ...]) -> None:
    for name in (f"{view.name}__{name}" for view in found for name in view.numbers):
        if not np.array_equal(ours[name].to_numpy(), floor[name].to_numpy(), equal_nan=True):
            raise DataError(f"{name}: the raw join gives other values")
