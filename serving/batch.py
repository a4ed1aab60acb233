"""Scores everybody from feature tables to one Parquet file, in pieces that fit in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from configs.workspace import replacing
from decisioning.arbitration import EffectOn
from serving.effects import EffectModel
from serving.everyone import TableModel
from serving.model import TrainedModel
from serving.most_effective import Action, of_table

TARGETS = {"retention": "uplift", "margin": "margin_uplift"}
BANDS = np.array(["low", "medium", "high"])
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us", "UTC")),
        ("p_churn", pa.float64()),
        ("risk_band", pa.string()),
        ("value_at_stake", pa.float64()),
        *((f"{name}{end}", pa.float64()) for name in TARGETS.values() for end in ("", "_low", "_high")),
        ("evidence", pa.string()),
        ("uplift_offer_id", pa.string()),
        ("uplift_channel", pa.string()),
    ]
)


@dataclass(frozen=True)
class Effective:
    """Effects of the actions that may be made; the greatest on `on` is each customer's."""

    model: EffectModel
    actions: tuple[Action, ...]
    on: EffectOn


def score_table(
    pieces: Iterator[pa.Table],
    *,
    churn: TrainedModel,
    value: TableModel | None,
    path: Path,
    effective: Effective | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Score `pieces` (customer_id, as_of and the models' features) into a Parquet file at `path`; rows written.

    Uplifts are null, and evidence "none", where no `effective` is given or it has no action. The file appears whole or
    not at all. `progress` is told the rows done.
    """
    rows = 0
    with replacing(path) as temporary, pq.ParquetWriter(temporary, SCHEMA) as writer:
        for piece in pieces:
            writer.write_table(_score(piece, churn, value, effective))
            rows += piece.num_rows
            progress(rows)
    return rows


def _score(piece: pa.Table, churn: TrainedModel, value: TableModel | None, effective: Effective | None) -> pa.Table:
    p_churn = churn.predict_table(piece)
    stake = value.predict_table(piece) if value is not None else pa.nulls(piece.num_rows, pa.float64())
    bands = BANDS[np.digitize(p_churn, churn.risk_thresholds)]
    columns = [piece["customer_id"], piece["as_of"], p_churn, bands, stake, *_effects(piece, effective)]
    return pa.table(columns, schema=SCHEMA)


def _effects(piece: pa.Table, effective: Effective | None) -> list[pa.Array]:
    """The columns of SCHEMA from the uplifts on."""
    count = piece.num_rows
    unknown = [pa.nulls(count, pa.float64())] * 3
    if effective is None or not effective.actions or not count:
        nobody = pa.nulls(count, pa.string())
        return [*unknown, *unknown, pa.array(["none"] * count, pa.string()), nobody, nobody]
    found = of_table(effective.model, effective.actions, piece, effective.on)
    uplifts = [values for target in TARGETS for values in found.effects.get(target, unknown)]
    named = [(action.evidence, action.offer.offer_id, action.channel) for action in found.actions]
    return [*uplifts, *(pa.array(names).take(pa.array(found.best)) for names in zip(*named, strict=True))]
