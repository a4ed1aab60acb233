"""A trained model as serving sees it: an artefact directory, read once, scored on NumPy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from configs.artefact import Artefact, read_artefact
from configs.errors import DataError, StoreUnavailable
from features.encoding import Encoder, RowEncoder, from_frame, from_table
from features.vectors import Value
from serving.booster import THREADS, read_booster

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class TrainedModel:
    """Implements `serving.models.Model`: `predict` gives calibrated probabilities, or amounts for a value model."""

    name: str
    version: str
    artefact: Artefact
    boosters: tuple[lgb.Booster, ...]
    row_encoder: RowEncoder
    encoder: Encoder

    @property
    def risk_thresholds(self) -> tuple[float, float]:
        """p_churn from which risk is medium, and from which it is high."""
        return self.artefact.risk_bands or (0.5, 0.8)

    def predict(self, rows: Sequence[Mapping[str, Value]]) -> Vector:
        """One prediction per mapping of features."""
        return self._link(self._margin(self.encoder(self.row_encoder(rows))))

    def predict_matrix(self, features: NDArray[np.float64]) -> Vector:
        """One prediction per row of rows x sources, as `row_encoder` makes them."""
        return self._link(self._margin(self.encoder(features)))

    def predict_frame(self, frame: pd.DataFrame) -> Vector:
        """One prediction per row of a frame that has the model's features as columns. Raises DataError."""
        self._require(frame.columns)
        return self._link(self._margin(self.encoder(from_frame(self.artefact.sources, frame))))

    def predict_table(self, table: pa.Table) -> Vector:
        """One prediction per row of an Arrow table that has the model's features as columns. Raises DataError."""
        self._require(table.column_names)
        return self._link(self._margin(self.encoder(from_table(self.artefact.sources, table))))

    def contributions(self, row: Mapping[str, Value]) -> list[tuple[str, float]]:
        """(feature, what it adds to the log-odds against the average customer), largest first.

        The linear part is exact on standardised columns; the boosters' part is their SHAP values (`pred_contrib`).
        """
        z = self.encoder(self.row_encoder([row]))
        weight, linear = self.artefact.weight, self.artefact.linear
        parts = np.zeros(z.shape[1])
        if linear is not None:
            parts += (1 - weight) * np.asarray(linear.coefficients) * z[0]
        for booster in self.boosters:
            shap = np.asarray(booster.predict(z[:, self.encoder.for_trees], pred_contrib=True, num_threads=THREADS))
            parts[self.encoder.for_trees] += weight * shap[0, :-1] / len(self.boosters)
        by_source = np.bincount(
            [column.source for column in self.artefact.columns],
            parts * self.artefact.calibration.slope,
            minlength=len(self.artefact.sources),
        )
        named = zip((source.name for source in self.artefact.sources), by_source.tolist(), strict=True)
        return sorted(named, key=lambda part: (-abs(part[1]), part[0]))

    def _require(self, names: Iterable[str]) -> None:
        """A request may lack a feature, which then is null; a whole column that is not there is a mistake."""
        if missing := sorted({source.name for source in self.artefact.sources} - set(names)):
            raise DataError(
                f"{self.name} version {self.version} needs features that are not there: {', '.join(missing)}; "
                "if the mapping has changed, train anew"
            )

    def _margin(self, z: NDArray[np.float64]) -> Vector:
        weight, linear = self.artefact.weight, self.artefact.linear
        margin = np.zeros(len(z))
        if linear is not None and weight < 1:
            margin += (1 - weight) * (z @ np.asarray(linear.coefficients) + linear.intercept)
        if weight > 0:
            trees = np.ascontiguousarray(z[:, self.encoder.for_trees])
            raw = [booster.predict(trees, raw_score=True, num_threads=THREADS) for booster in self.boosters]
            margin += weight * np.mean(raw, axis=0)
        return margin

    def _link(self, margin: Vector) -> Vector:
        if self.artefact.link == "log":
            return np.exp(margin)
        calibration = self.artefact.calibration
        return 1.0 / (1.0 + np.exp(-(calibration.intercept + calibration.slope * margin)))


def load_model(folder: Path, *, name: str, version: str) -> TrainedModel:
    """The model in an artefact directory. Raises StoreUnavailable where it cannot be read whole."""
    artefact = read_artefact(folder)
    _require_whole(artefact, folder)
    boosters = tuple(read_booster(folder / file) for file in artefact.boosters)
    encoder = Encoder(artefact.columns)
    for booster in boosters:
        if booster.num_feature() != len(encoder.for_trees):
            raise StoreUnavailable(
                f"{folder}: a booster has {booster.num_feature()} columns, the artefact {len(encoder.for_trees)}"
            )
    return TrainedModel(name, version, artefact, boosters, RowEncoder(artefact.sources), encoder)


def _require_whole(artefact: Artefact, folder: Path) -> None:
    """Raise StoreUnavailable where the parts of an artefact do not fit together."""
    columns, linear = len(artefact.columns), artefact.linear
    if any(not 0 <= column.source < len(artefact.sources) for column in artefact.columns):
        raise StoreUnavailable(f"{folder}: a column is of a feature that the artefact does not list")
    if linear is not None and len(linear.coefficients) != columns:
        raise StoreUnavailable(f"{folder}: {len(linear.coefficients)} coefficients for {columns} columns")
    if (artefact.weight < 1 and linear is None) or (artefact.weight > 0 and not artefact.boosters):
        raise StoreUnavailable(f"{folder}: the blend needs a part that the artefact does not hold")
