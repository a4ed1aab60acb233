"""The learning tasks of a dataset, from its labels and its feature store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from typing import Literal

import pandas as pd

from configs.dataset import Dataset
from configs.errors import DataError
from features import labels
from features.snapshots import until_closed
from features.store import Store
from features.tables import Opened
from training.problem import Problem

DATED = 0.5  # share of variance between snapshots
DECIMALS = 6  # a sum of amounts depends beyond this on the order in which an engine adds
Model = Literal["churn", "value", "response"]


@dataclass(frozen=True)
class Past:
    """What is known at `now`: canonical tables, the feature store and the snapshots computed."""

    dataset: Dataset
    opened: Opened
    store: Store
    instants: Sequence[datetime]
    now: datetime


def churn(past: Past) -> Problem:
    """Who leaves, or lapses, within the horizon."""
    rows = labels.churn(past.opened, past.dataset, past.instants, past.now)
    return _problem(past, "churn", _with_horizon(past, rows))


def value(past: Past) -> Problem:
    """How much margin the horizon brings. Raises DataError where the records hold no sales to learn it from."""
    if past.dataset.value.kind != "transactions":
        raise DataError("value: the mapping takes it from the subscription price; there is nothing to learn")
    rows = labels.margin(past.opened, past.dataset, past.instants, past.now)
    return _problem(past, "value", _with_horizon(past, rows.assign(label=rows.label.clip(lower=0.0).round(DECIMALS))))


def response(past: Past) -> Problem:
    """Who accepts which offer on which channel. Raises DataError where the records hold no treatments or outcomes."""
    missing = {"offers", "treatments", "outcomes"} - set(past.dataset.tables)
    if missing:
        raise DataError(f"response: needs the tables {', '.join(sorted(missing))}, which are not mapped")
    return _problem(past, "response", labels.acceptance(past.opened, past.dataset, past.now), own=("channel",))


def _with_horizon(past: Past, rows: pd.DataFrame) -> pd.DataFrame:
    label_known = past.dataset.churn.kind == "label"
    return rows.assign(closes_at=rows.as_of if label_known else rows.as_of + until_closed(past.dataset))


def dated(frame: pd.DataFrame, feature: str) -> bool:
    """Whether a number tells the date rather than the customer: most of its variance lies between snapshots.

    Such a feature has values in service that training never saw. An offer's attributes are exempt: a campaign has one
    date.
    """
    values = frame[feature]
    if feature.startswith("offers__") or not pd.api.types.is_numeric_dtype(values) or frame.as_of.nunique() < 3:
        return False
    between = values.groupby(frame.as_of).transform("mean").var()
    return bool(between > DATED * values.var())


def _problem(past: Past, model: Model, rows: pd.DataFrame, own: tuple[str, ...] = ()) -> Problem:
    if rows.empty:
        raise DataError(f"{model}: no labelled row has matured by {past.now:%Y-%m-%d}; wait, or map more history")
    frame = past.store.join(rows, model)
    excluded = past.dataset.churn.exclude if model == "churn" else ()
    names = (name for name in past.store.names(model) if not any(fnmatch(name, glob) for glob in excluded))
    return Problem(
        model=model,
        dataset=past.dataset.name,
        rows=frame,
        features=(*own, *(name for name in names if not dated(frame, name))),
        horizon_days=past.dataset.churn.horizon_days,
        lead_days=past.dataset.churn.lead_days,
    )
