"""Measures the segmentation on the customers of one instant, and keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import ibis
import pandas as pd
import pyarrow.parquet as pq

from configs.dataset import Dataset
from configs.workspace import Workspace, replacing
from features.segmentation.boxes import HABITS, Box, as_table
from features.segmentation.clusters import clusters
from features.segmentation.habits import habits
from features.segmentation.scores import scores
from features.tables import OPENED, Opened
from features.views.view import DAY

FEWEST = 100  # customers, under whom quintiles and clusters say nothing
SEED = 0


@dataclass(frozen=True)
class Measured:
    """What segments rest on. Without `boxes` they are not told, for the reason in `lacking`."""

    at: datetime | None
    customers: int
    boxes: tuple[Box, ...]
    lacking: str = ""


def measure(workspace: Workspace, dataset: Dataset, opened: Opened, now: datetime) -> Measured:
    """Write the segmentation of `workspace`, one without rows where it cannot be told by `now`."""
    found = _measured(dataset, opened, now)
    with replacing(workspace.segmentation) as path:
        pq.write_table(as_table(found.boxes, found.at.timestamp() if found.at else 0.0), path)
    return found


def _measured(dataset: Dataset, opened: Opened, now: datetime) -> Measured:
    at = dataset.segments.measured_at or _one_window_in(dataset, opened)
    if at is None:
        return Measured(None, 0, (), "neither transactions nor `segments.measured_at` say when to measure")
    if at > now:
        return Measured(at, 0, (), f"they are measured on {at:%Y-%m-%d}, once a window of records has passed")
    told = habits(opened.tables, ibis.memtable({"as_of": [at.timestamp()]}), dataset.churn.horizon_days)
    if told is None:
        return Measured(at, 0, (), "neither transactions nor subscriptions are mapped")
    frame: pd.DataFrame = opened.backend.to_pandas(told.select("customer_id", *HABITS).order_by("customer_id"))
    if len(frame) < FEWEST:
        return Measured(at, len(frame), (), f"{FEWEST} customers are needed, {len(frame)} were there on {at:%Y-%m-%d}")
    whole = frame.dropna()
    behaviour = clusters(whole, seed=SEED) if len(whole) >= FEWEST else ()
    return Measured(at, len(frame), (*scores(frame), *behaviour))


def _one_window_in(dataset: Dataset, opened: Opened) -> datetime | None:
    """The end of the first whole window of the records: what comes after it changes nothing."""
    if OPENED not in opened.tables:
        return None
    begun = opened.tables[OPENED].opened_at.max().execute()
    return datetime.fromtimestamp(float(begun) + dataset.churn.horizon_days * DAY, UTC) if begun == begun else None
