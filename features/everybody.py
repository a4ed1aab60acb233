"""Everybody's customer features at one snapshot, straight from the feature tables: one join, no per-customer read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa

from configs.dataset import Dataset
from configs.errors import DataError
from configs.workspace import Workspace
from features import recency
from features.casts import quoted
from features.catalogue import views
from features.compute import file_name, folder
from features.sources import connect, literal
from features.views.view import CUSTOMER

ROWS_AT_ONCE = 100_000


def everybody(workspace: Workspace, dataset: Dataset, as_of: datetime) -> Iterator[pa.Table]:
    """Pieces of customer_id, as_of and `<view>__<feature>` for every customer with a row in the snapshot of `as_of`.

    Equal to what the online store gives at `as_of` when it holds that snapshot. Raises DataError where the snapshot
    has not been computed.
    """
    present = [view for view in views(dataset) if view.entities == CUSTOMER]
    paths = {view.name: folder(workspace, view) / file_name(as_of) for view in present}
    missing = [name for name, path in paths.items() if not path.exists()]
    if missing:
        raise DataError(f"no snapshot of {as_of:%Y-%m-%dT%H:%M:%SZ} in {', '.join(missing)}; run `tenure features`")
    columns = [
        f"{quoted(view.name)}.{quoted(name)} AS {quoted(f'{view.name}__{name}')}"
        for view in present
        for name in view.stored
    ]
    first, *rest = present
    joins = " ".join(
        f"LEFT JOIN read_parquet({literal(str(paths[view.name]))}) AS {quoted(view.name)} USING (customer_id)"
        for view in rest
    )
    with connect() as connection:
        answer = connection.sql(
            f"SELECT customer_id, {quoted(first.name)}.as_of, {', '.join(columns)} "
            f"FROM read_parquet({literal(str(paths[first.name]))}) AS {quoted(first.name)} {joins}"
        )
        for batch in answer.to_arrow_reader(ROWS_AT_ONCE):
            yield _with_recency(pa.Table.from_batches([batch]), as_of)


def _with_recency(piece: pa.Table, as_of: datetime) -> pa.Table:
    present = frozenset(name.partition("__")[0] for name in piece.column_names)
    stored = {key: piece[f"{key[0]}__{key[1]}"].to_numpy() for key in recency.inputs(present)}
    asked_at = np.full(piece.num_rows, as_of.timestamp())
    for name, values in recency.days(stored, asked_at).items():
        piece = piece.append_column(f"{recency.VIEW}__{name}", pa.array(values))
    return piece
