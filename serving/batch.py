"""Scores everybody from feature tables to one Parquet file, in pieces that fit in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from configs.workspace import replacing
from serving.model import TrainedModel

BANDS = np.array(["low", "medium", "high"])
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us", "UTC")),
        ("p_churn", pa.float64()),
        ("risk_band", pa.string()),
        ("value_at_stake", pa.float64()),
    ]
)


class TableModel(Protocol):
    """A model, or a rule, that predicts whole tables."""

    def predict_table(self, table: pa.Table) -> NDArray[np.float64]:
        """One number per row."""
        ...


def score_table(
    pieces: Iterator[pa.Table],
    *,
    churn: TrainedModel,
    value: TableModel | None,
    path: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Score `pieces` (customer_id, as_of and the models' features) into a Parquet file at `path`; rows written.

    The file appears whole or not at all. `progress` is told the rows done.
    """
    rows = 0
    with replacing(path) as temporary, pq.ParquetWriter(temporary, SCHEMA) as writer:
        for piece in pieces:
            writer.write_table(_score(piece, churn, value))
            rows += piece.num_rows
            progress(rows)
    return rows


def _score(piece: pa.Table, churn: TrainedModel, value: TableModel | None) -> pa.Table:
    p_churn = churn.predict_table(piece)
    stake = value.predict_table(piece) if value is not None else pa.nulls(piece.num_rows, pa.float64())
    bands = BANDS[np.digitize(p_churn, churn.risk_thresholds)]
    return pa.table([piece["customer_id"], piece["as_of"], p_churn, bands, stake], schema=SCHEMA)
