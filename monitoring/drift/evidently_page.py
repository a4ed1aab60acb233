"""Evidently, kept behind one function: it takes seconds to import, so nothing else here may import it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.workspace import replacing
from monitoring.columns import Pair
from monitoring.drift.drift import METHODS

PLAIN = str.maketrans({"<": "\u2039", ">": "\u203a"})  # Evidently writes names and categories unescaped into a <script>


class _Config(TypedDict):
    type: str
    column: str


class _Metric(TypedDict):
    config: _Config
    value: float


def measure(columns: Sequence[Pair], limits: Mapping[str, float], page: Path) -> Mapping[str, float]:
    """Evidently's distance of each column, and its page with every column held against the given limits."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    shown = {column.name: column.name.translate(PLAIN) for column in columns}
    of_kind = {kind: [shown[column.name] for column in columns if column.kind == kind] for kind in METHODS}
    definition = DataDefinition(numerical_columns=of_kind["number"], categorical_columns=of_kind["category"])
    preset = DataDriftPreset(
        columns=list(shown.values()),
        per_column_method={shown[column.name]: METHODS[column.kind] for column in columns},
        per_column_threshold={shown[name]: limit for name, limit in limits.items()},
        drift_share=1 / len(columns),  # one drifted column is drift: the limits already allow for how many there are
        include_tests=False,
    )
    current = Dataset.from_pandas(_frame({shown[c.name]: c.current for c in columns}), data_definition=definition)
    reference = Dataset.from_pandas(_frame({shown[c.name]: c.reference for c in columns}), data_definition=definition)
    snapshot = Report([preset]).run(current, reference)
    with replacing(page) as path:
        snapshot.save_html(str(path))
    found = _distances(snapshot.dict()["metrics"])
    return {column.name: found[shown[column.name]] for column in columns}


def _frame(columns: Mapping[str, NDArray[np.generic]]) -> pd.DataFrame:
    return pd.DataFrame({name: _safe(values) for name, values in columns.items()})


def _safe(values: NDArray[np.generic]) -> NDArray[np.generic]:
    if values.dtype != object:
        return values
    return np.array([value.translate(PLAIN) if isinstance(value, str) else None for value in values], dtype=object)


def _distances(metrics: Sequence[_Metric]) -> dict[str, float]:
    drifts = [metric for metric in metrics if metric["config"]["type"].endswith("ValueDrift")]
    return {metric["config"]["column"]: float(metric["value"]) for metric in drifts}
