"""The penalised linear part of a binary model, from scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from configs.artefact import Calibration, Linear
from training.folds import Fold

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


def fit(z: Matrix, label: Vector, ridge: float) -> Linear:
    """Logistic regression with a penalty of ridge / 2 on the squared coefficients."""
    model = LogisticRegression(C=1.0 / ridge, solver="newton-cholesky", max_iter=100).fit(z, label)
    return Linear(coefficients=tuple(model.coef_[0].tolist()), intercept=float(model.intercept_[0]))


def margin(linear: Linear, z: Matrix) -> Vector:
    """Log-odds of each row."""
    margins: Vector = z @ np.asarray(linear.coefficients) + linear.intercept
    return margins


def search(z: Matrix, label: Vector, folds: Sequence[Fold], ridges: Sequence[float]) -> tuple[float, Vector]:
    """The ridge with the lowest log loss over the folds, and its margins on the rows they judged (NaN elsewhere)."""
    judged = np.concatenate([fold.valid for fold in folds])
    found: dict[float, Vector] = {}
    for ridge in ridges:
        margins = np.full(len(label), np.nan)
        for fold in folds:
            margins[fold.valid] = margin(fit(z[fold.train], label[fold.train], ridge), z[fold.valid])
        found[ridge] = margins
    best = min(ridges, key=lambda ridge: log_loss(label[judged], found[ridge][judged]))
    return best, found[best]


def log_loss(label: Vector, margins: Vector) -> float:
    """Mean logistic loss of log-odds."""
    return float(np.mean(_losses(label, margins)))


def calibrate(label: Vector, margins: Vector, folds: Sequence[Fold]) -> Calibration:
    """Platt's line through the log-odds that folds judged, if it is shown to help; otherwise no change.

    It is fitted on all folds but one and held against that one. Its gain in log loss must exceed two standard errors:
    folds learn from less than the final model does, so a small gain is an artefact of the folds.
    """
    if len(folds) < 2:
        return Calibration()
    gains = []
    for held in folds:
        rest = np.concatenate([fold.valid for fold in folds if fold is not held])
        line = platt(label[rest], margins[rest])
        straight, bent = margins[held.valid], line.intercept + line.slope * margins[held.valid]
        gains.append(_losses(label[held.valid], straight) - _losses(label[held.valid], bent))
    gain = np.concatenate(gains)
    shown = gain.mean() > 2 * gain.std() / np.sqrt(len(gain))
    judged = np.concatenate([fold.valid for fold in folds])
    return platt(label[judged], margins[judged]) if shown else Calibration()


def platt(label: Vector, margins: Vector) -> Calibration:
    """Platt's calibration of log-odds: a straight line through them, unpenalised."""
    model = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(margins.reshape(-1, 1), label)
    return Calibration(slope=float(model.coef_[0, 0]), intercept=float(model.intercept_[0]))


def _losses(label: Vector, margins: Vector) -> Vector:
    return np.logaddexp(0, margins) - label * margins
