"""Warns of a feature that is too good to be true: known only after the outcome, it would be worthless in service."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.problem import Problem

Vector = NDArray[np.float64]
MISSING = "(missing)"


@dataclass(frozen=True)
class Suspect:
    """A feature that ranks the label by itself with this AUC."""

    feature: str
    auc: float

    def __str__(self) -> str:
        return (
            f"{self.feature} alone ranks the label with AUC {self.auc:.3f}: is it known only after the outcome? "
            "If so, take it out of the mapping"
        )


def suspects(problem: Problem, threshold: float) -> list[Suspect]:
    """Features whose AUC alone, in either direction, reaches `threshold`; best first.

    A category is ranked by the rates of its levels among the other half of the customers: by its own rates, a column
    of names would rank anything. A missing value is ranked as a value of its own: absence can give the label away too.
    """
    found = [Suspect(name, _auc(problem, name)) for name in problem.features]
    return sorted((one for one in found if one.auc >= threshold), key=lambda suspect: -suspect.auc)


def _auc(problem: Problem, name: str) -> float:
    values, label = problem.rows[name], problem.label
    if pd.api.types.is_numeric_dtype(values):
        auc = float(roc_auc_score(label, _filled(values)))
        return max(auc, 1 - auc)
    half = pd.util.hash_pandas_object(problem.rows["customer_id"], index=False).to_numpy() % 2 == 0
    levels = values.fillna(MISSING).astype(str).to_numpy()
    sides = [(half, ~half), (~half, half)]
    if any(len(np.unique(label[side])) < 2 for side in (half, ~half)):
        return 0.5
    return float(np.mean([roc_auc_score(label[to], _rates(levels, label, of)[to]) for of, to in sides]))


def _filled(values: pd.Series[float]) -> Vector:
    numbers = values.to_numpy(np.float64)
    present = numbers[~np.isnan(numbers)]
    return np.where(np.isnan(numbers), present.min() - 1 if len(present) else 0.0, numbers)


def _rates(levels: NDArray[np.object_], label: Vector, among: NDArray[np.bool_]) -> Vector:
    """Each row's level's rate of label 1 `among` those rows; the rate of all of them for a level not there."""
    rates = pd.Series(label[among]).groupby(levels[among]).mean()
    return np.asarray(pd.Series(levels).map(rates).fillna(label[among].mean()), np.float64)
