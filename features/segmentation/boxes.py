"""The segmentation as a table: which ranges of habits make which segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from configs.errors import DataError
from configs.workspace import Workspace

HABITS = ("silent_days", "purchases", "spend", "basket", "discounted", "change")
BEST_SPEND = "best_spend"
SEGMENTATION = "segmentation"  # not a canonical table
RECENCY, FREQUENCY, MONETARY, POTENTIAL = SCORES = (
    "recency_score",
    "frequency_score",
    "monetary_score",
    "potential_score",
)
RANGED = (*HABITS, BEST_SPEND)
BEHAVIOUR = "behaviour"
SCHEMA = pa.schema(
    [
        ("segment", pa.string()),
        ("label", pa.string()),
        ("measured_at", pa.float64()),
        ("words", pa.string()),
        ("share", pa.float64()),
        ("agreement", pa.float64()),
        *((f"{habit}_{end}", pa.float64()) for habit in RANGED for end in ("above", "to")),
    ]
)


@dataclass(frozen=True, slots=True)
class Box:
    """Customers whose habits lie in ranges (above, to]; a habit without a range, or an end that is None, is free.

    `label` is what they are called in `segment`, one of SCORES or BEHAVIOUR; `words` says it at length. `share` of the
    customers measured lay in it; `agreement` is the share of all that the boxes put where the clusters had them.
    """

    segment: str
    label: str
    ranges: Mapping[str, tuple[float | None, float | None]]
    words: str = ""
    share: float | None = None
    agreement: float | None = None


def as_table(boxes: tuple[Box, ...], measured_at: float) -> pa.Table:
    """Boxes as SCHEMA has them, `measured_at` in seconds since 1970."""
    rows = [
        {
            "segment": box.segment,
            "label": box.label,
            "measured_at": measured_at,
            "words": box.words,
            "share": box.share,
            "agreement": box.agreement,
            **{
                f"{habit}_{end}": value
                for habit, ends in box.ranges.items()
                for end, value in zip(("above", "to"), ends, strict=True)
            },
        }
        for box in boxes
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def read(workspace: Workspace) -> pa.Table:
    """The segmentation of a workspace; without rows where none was measured. Raises DataError where it is damaged."""
    if not workspace.segmentation.exists():
        return SCHEMA.empty_table()
    try:
        return pq.read_table(workspace.segmentation, schema=SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{workspace.segmentation}: not a segmentation: {error}; `tenure features` makes one"
        ) from error


def take(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Give an engine the workspace's segmentation as the table SEGMENTATION. Raises DataError."""
    connection.register("segmentation_read", read(workspace))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {SEGMENTATION} AS FROM segmentation_read")


def labelled(habits: ibis.Table, boxes: ibis.Table) -> ibis.Table:
    """(customer_id, as_of, SCORES, BEHAVIOUR): in which box each customer lies, null in none.

    Nothing is known of instants before the segmentation was measured.
    """
    inside = reduce(and_, (_within(habits, boxes, habit) for habit in RANGED))
    found = habits.join(boxes, [habits.as_of >= boxes.measured_at, inside])
    names = (*SCORES, BEHAVIOUR)
    labels = {name: found.label.max(where=found.segment == name) for name in names}
    return found.group_by("customer_id", "as_of").aggregate(**labels)


def _within(habits: ibis.Table, boxes: ibis.Table, habit: str) -> ibis.expr.types.BooleanValue:
    above, to = boxes[f"{habit}_above"], boxes[f"{habit}_to"]
    return (above.isnull() | (habits[habit] > above)) & (to.isnull() | (habits[habit] <= to))
