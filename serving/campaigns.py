"""Campaigns on disk: decisions made in batch, a Parquet file each, in which a decision is found by its number."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from configs.errors import NotFound, StoreUnavailable
from serving.archive import Archive

ROWS_A_GROUP = 50_000
ASKED = re.compile(r"(.+)-(0|[1-9][0-9]{0,9})")  # one way to write a number, so that an id is one decision's
INSTANT = pa.timestamp("us", "UTC")
# One row per customer who was decided for. Nulls in offer_id and channel are nothing; money is in the workspace's
# currency. `selection_probability` is the chance the arm's rule had of choosing this; `propensity` the chance over
# arms too, as it was before the customer's arm was drawn.
SCHEMA = pa.schema(
    [
        ("decision_id", pa.string()),
        ("customer_id", pa.string()),
        ("decided_at", INSTANT),
        ("arm", pa.string()),
        ("offer_id", pa.string()),
        ("channel", pa.string()),
        ("selection_probability", pa.float64()),
        ("propensity", pa.float64()),
        ("net_value", pa.float64()),
        ("p_accept", pa.float64()),
        ("effect_value", pa.float64()),
        ("uplift", pa.float64()),
        ("margin_uplift", pa.float64()),
        ("evidence", pa.string()),
        ("value_at_stake", pa.float64()),
        ("p_churn", pa.float64()),
        ("margin", pa.float64()),
        ("cost", pa.float64()),
        ("contact_cost", pa.float64()),
        ("lever", pa.float64()),
        ("preference", pa.float64()),
        ("shadow_cost", pa.float64()),
        ("candidates", pa.int32()),  # that could be chosen, nothing among them
        ("fallback", pa.bool_()),  # it is the policy's fallback, as every other offer was filtered
    ]
)


def decision_id(campaign_id: str, number: int) -> str:
    """The id of a campaign's decision by its place in the file, from 0."""
    return f"{campaign_id}-{number}"


def read_row(folder: Path, archive: Archive, asked: str) -> dict[str, Any]:
    """One decision of a campaign by its id. Raises NotFound, and StoreUnavailable where its file is not there."""
    if not (parts := ASKED.fullmatch(asked)):
        raise NotFound(f"there is no decision {asked!r}")
    campaign_id, place = parts[1], int(parts[2])
    try:
        held = archive.campaign(campaign_id)
    except NotFound:
        raise NotFound(f"there is no decision {asked!r}") from None
    if place >= held.rows:
        raise NotFound(f"there is no decision {asked!r}; campaign {campaign_id} made {held.rows:,}")
    try:
        with pq.ParquetFile(folder / held.path) as file:
            for group in range(file.num_row_groups):
                if place < (rows := file.metadata.row_group(group).num_rows):
                    return dict(file.read_row_group(group).slice(place, 1).to_pylist()[0])
                place -= rows
    except (OSError, pa.ArrowException) as error:
        raise StoreUnavailable(f"campaign {campaign_id} cannot be read: {error}") from error
    raise StoreUnavailable(f"campaign {campaign_id}: its file lacks decision {asked!r}")
