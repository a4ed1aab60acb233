"""Evidently, kept behind one function: it takes seconds to import, so nothing else here may import it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.workspace import replacing
from monitoring.columns import Pair
from monitoring.drift.drift import METHODS

if TYPE_CHECKING:
    from evidently.core.report import Snapshot

PLAIN = str.maketrans({"<": "\u2039", ">": "\u203a"})  # Evidently writes names and categories unescaped into a <script>


class _Config(TypedDict):
    type: str
    column: str


class _Metric(TypedDict):
    config: _Config
    value: float


@dataclass(frozen=True)
class Evidently:
    """Implements `monitoring.drift.drift.Measure`; each run stays in the Evidently workspace `history`.

    There, `evidently ui --workspace` shows under the project `title` how distances went from run to run. A run for
    the same instant takes the place of the one before. Without `history` nothing is kept.
    """

    title: str
    now: datetime
    history: Path | None = None

    def __call__(self, columns: Sequence[Pair], limits: Mapping[str, float], page: Path) -> Mapping[str, float]:
        """Evidently's distance of each column, and its page with every column held against the given limits."""
        shown = {column.name: column.name.translate(PLAIN) for column in columns}
        snapshot = _snapshot(columns, limits, shown, self.now)
        with replacing(page) as path:
            snapshot.save_html(str(path))
        if self.history is not None:
            _keep(self.history, self.title, self.now, snapshot)
        found = _distances(snapshot.dict()["metrics"])
        return {column.name: found[shown[column.name]] for column in columns}


def _snapshot(
    columns: Sequence[Pair], limits: Mapping[str, float], shown: Mapping[str, str], now: datetime
) -> Snapshot:
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

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
    return Report([preset]).run(current, reference, timestamp=now)


def _keep(history: Path, title: str, now: datetime, snapshot: Snapshot) -> None:
    """Aggregates only: the rows are not kept."""
    from evidently.sdk.models import PanelMetric
    from evidently.sdk.panels import line_plot_panel
    from evidently.ui.workspace import Workspace

    workspace, name = Workspace.create(str(history)), f"{now:%Y-%m-%dT%H:%M:%SZ}"
    found = workspace.search_project(title)
    project = found[0] if found else workspace.create_project(title)
    if not found:
        drifted = PanelMetric(legend="share", metric="DriftedColumnsCount", metric_labels={"value_type": "share"})
        project.dashboard.add_panel(line_plot_panel("Share of columns that drifted", values=[drifted]))
    runs = workspace.list_runs(project.id)
    before = [run for run in runs if (kept := workspace.get_run(project.id, run)) and kept.name == name]
    workspace.add_run(project.id, snapshot, include_data=False, name=name)
    for run in before:
        workspace.delete_run(project.id, run)


def _frame(columns: Mapping[str, NDArray[np.generic]]) -> pd.DataFrame:
    return pd.DataFrame({name: _safe(values) for name, values in columns.items()})


def _safe(values: NDArray[np.generic]) -> NDArray[np.generic]:
    if values.dtype != object:
        return values
    return np.array([value.translate(PLAIN) if isinstance(value, str) else None for value in values], dtype=object)


def _distances(metrics: Sequence[_Metric]) -> dict[str, float]:
    drifts = [metric for metric in metrics if metric["config"]["type"].endswith("ValueDrift")]
    return {metric["config"]["column"]: float(metric["value"]) for metric in drifts}
