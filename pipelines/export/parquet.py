"""Parquet: one row per decision, whole; candidates and the filter trail are lists of structs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path

import pyarrow as pa

from pipelines.export.logged import Cell, Logged
from pipelines.export.tables import write_rows

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
TEXTS = ("offer_id", "channel", "evidence")
FIGURES, WORDS = pa.map_(pa.string(), pa.float64()), pa.map_(pa.string(), pa.string())
CANDIDATE = pa.struct(
    [(name, pa.string()) for name in (*TEXTS, "kind")]
    + [("slot", pa.int32())]
    + [(name, pa.float64()) for name in NUMBERS]
    + [("affinities", FIGURES), ("affinities_text", WORDS)]
)
FILTERED = pa.struct([(name, pa.string()) for name in ("offer_id", "channel", "stage", "reason")])
OUTCOME = pa.struct(
    [("offer_id", pa.string()), ("kind", pa.string()), ("value", pa.float64()), ("occurred_at", INSTANT)]
)


def _column(name: str, kind: pa.DataType, description: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": description})


SCHEMA = pa.schema(
    [
        _column("decision_id", pa.string(), "as outcomes name it"),
        _column("customer_id", pa.string(), "who was decided for"),
        _column("decided_at", INSTANT, "the instant decided for"),
        _column("arm", pa.string(), "policy, random, acceptance, no_levers or holdout"),
        _column("policy_version", pa.string(), "of the policy in force"),
        _column("prices_version", pa.string(), "of the shadow prices, null without any"),
        _column("models", WORDS, "the version of every model that took part, by its name"),
        _column("p_churn", pa.float64(), "calibrated probability of churn, null where the model was away"),
        _column("value_at_stake", pa.float64(), "in the workspace's currency, null where the model was away"),
        _column("offer_id", pa.string(), "the offer made first, null for nothing"),
        _column("channel", pa.string(), "its channel, null for nothing"),
        _column("selection_probability", pa.float64(), "with which it came first, in this arm"),
        _column("reward", pa.float64(), "what came of it so far, null for nothing, which can bring none"),
        _column(
            "candidates",
            pa.list_(CANDIDATE),
            "all that could be chosen, by rank: slot counts from 1 what was made, affinities are those to its kind",
        ),
        _column("filtered", pa.list_(FILTERED), "what could not: the stage that refused it and the reason"),
        _column("outcomes", pa.list_(OUTCOME), "what was observed of it, as it occurred"),
        _column("features_hash", pa.string(), "of the values that the models saw"),
        _column("features", FIGURES, "numbers and flags of the customer, null where not known or too old"),
        _column("features_text", WORDS, "text of the customer"),
        _column("context", FIGURES, "numbers and flags that the request told"),
        _column("context_text", WORDS, "text that the request told"),
        _column("degraded", pa.list_(pa.string()), "what was away"),
    ]
)


def write(decisions: Iterable[Logged], path: Path) -> int:
    """Write `decisions` in SCHEMA; how many. The file appears whole or not at all. Raises StoreUnavailable."""
    return write_rows(decisions, lambda one: [_row(one)], SCHEMA, path)


def _row(one: Logged) -> dict[str, object]:
    first = one.chosen
    return {
        **{name: getattr(one, name) for name in SCHEMA.names if hasattr(one, name)},
        "models": list(one.models.items()),
        "offer_id": one.actions["offer_id"][first],
        "channel": one.actions["channel"][first],
        "selection_probability": one.actions["selection_probability"][first],
        "candidates": [_candidate(one, at, affinities) for at, affinities in enumerate(one.affinities)],
        "filtered": [dict(refused) for refused in one.filtered],
        "outcomes": [{name: getattr(came, name) for name in OUTCOME.names} for came in one.outcomes],
        "features": _figures(one.features),
        "features_text": _words(one.features),
        "context": _figures(one.context),
        "context_text": _words(one.context),
    }


def _candidate(one: Logged, at: int, affinities: Mapping[str, Cell]) -> dict[str, object]:
    known = {name: one.actions[name][at] for name in (*TEXTS, *NUMBERS)}
    return {
        **known,
        "kind": one.kinds.get(str(known["offer_id"])) or None,
        "slot": one.made.index(at) + 1 if at in one.made else None,
        "affinities": _figures(affinities),
        "affinities_text": _words(affinities),
    }


def _figures(values: Mapping[str, Cell]) -> list[tuple[str, float | None]]:
    """Numbers and flags; what is not finite is not known."""
    numbers = ((name, value) for name, value in values.items() if not isinstance(value, str))
    return [(name, None if value is None or not isfinite(value) else float(value)) for name, value in numbers]


def _words(values: Mapping[str, Cell]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in values.items() if isinstance(value, str)]
