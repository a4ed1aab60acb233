"""Parquet: one row per decision, whole; candidates and the filter trail are lists of structs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from configs.workspace import replacing
from pipelines.export.logged import Logged

INSTANT = pa.timestamp("us", "UTC")
NUMBERS = (
    "selection_probability",
    "p_accept",
    "uplift",
    "margin_uplift",
    "effect_value",
    "margin",
    "cost",
    "contact_cost",
    "lever",
    "preference",
    "shadow_cost",
    "net_value",
)
CANDIDATE = pa.struct(
    [("offer_id", pa.string()), ("channel", pa.string()), ("evidence", pa.string())]
    + [(name, pa.float64()) for name in NUMBERS]
)
FILTERED = pa.struct([(name, pa.string()) for name in ("offer_id", "channel", "stage", "reason")])
OUTCOME = pa.struct([("kind", pa.string()), ("value", pa.float64()), ("occurred_at", INSTANT)])
PAIRS = pa.map_(pa.string(), pa.string())
SCHEMA = pa.schema(
    [
        ("decision_id", pa.string()),
        ("customer_id", pa.string()),
        ("decided_at", INSTANT),
        ("arm", pa.string()),
        ("policy_version", pa.string()),
        ("prices_version", pa.string()),
        ("models", PAIRS),
        ("p_churn", pa.float64()),
        ("value_at_stake", pa.float64()),
        ("offer_id", pa.string()),
        ("channel", pa.string()),
        ("selection_probability", pa.float64()),
        ("reward", pa.float64()),
        ("candidates", pa.list_(CANDIDATE)),
        ("filtered", pa.list_(FILTERED)),
        ("outcomes", pa.list_(OUTCOME)),
        ("features_hash", pa.string()),
        ("features", PAIRS),
        ("context", PAIRS),
        ("degraded", pa.list_(pa.string())),
    ]
)


def write(decisions: Sequence[Logged], path: Path) -> None:
    """Write `decisions` in SCHEMA; the file appears whole or not at all. Raises StoreUnavailable."""
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist([_row(one) for one in decisions], SCHEMA), temporary)


def _row(one: Logged) -> dict[str, object]:
    columns = [name for name in ("offer_id", "channel", "evidence", *NUMBERS) if name in one.actions]
    cells = zip(*(one.actions[name] for name in columns), strict=True)
    candidates = [dict(zip(columns, values, strict=True)) for values in cells]
    own = {name: getattr(one, name) for name in SCHEMA.names if hasattr(one, name)}
    first = candidates[one.chosen]
    return {
        **own,
        "models": list(one.models.items()),
        "offer_id": first["offer_id"],
        "channel": first["channel"],
        "selection_probability": one.probability,
        "candidates": candidates,
        "filtered": [dict(refused) for refused in one.filtered],
        "outcomes": [dict(zip(("kind", "value", "occurred_at"), came, strict=True)) for came in one.outcomes],
        "features": [(name, None if value is None else str(value)) for name, value in one.features.items()],
        "context": [(name, None if value is None else str(value)) for name, value in one.context.items()],
    }
