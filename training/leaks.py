"""Warns of a feature that is too good to be true: known only after the outcome, it would be worthless in service."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from training.problem import Problem


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
    """Features whose AUC alone, in either direction, reaches `threshold`; best first. A category is ranked by its rate.

    A missing value is ranked as a value of its own: absence can give the label away as well.
    """
    label = problem.label
    found = []
    for name in problem.features:
        auc = float(roc_auc_score(label, _ranked(problem.rows[name], label)))
        if max(auc, 1 - auc) >= threshold:
            found.append(Suspect(name, max(auc, 1 - auc)))
    return sorted(found, key=lambda suspect: -suspect.auc)


def _ranked(values: pd.Series[object], label: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pd.Series[float]:
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.astype("float64")
        return numbers.fillna(numbers.min() - 1 if numbers.notna().any() else 0.0)
    rates = pd.Series(label).groupby(values.fillna("(missing)").to_numpy()).mean()
    return values.fillna("(missing)").map(rates).astype("float64")
