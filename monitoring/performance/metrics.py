"""Measures of fit as functions of the rows' weights, so that a bootstrap can weigh whole customers."""

from __future__ import annotations

import numpy as np

from monitoring.intervals import Floats


def surprise(p: Floats, y: Floats) -> Floats:
    """The log loss of each row."""
    safe = np.clip(p, 1e-15, 1 - 1e-15)
    return -(y * np.log(safe) + (1 - y) * np.log1p(-safe))


class Mean:
    """Weighted mean of a loss per row."""

    def __init__(self, losses: Floats) -> None:
        self._losses = losses

    def __call__(self, weights: Floats) -> float:
        """The mean under `weights` (n,)."""
        return float(weights @ self._losses / weights.sum())


class Auc:
    """Weighted area under the ROC curve of risks (n,) and labels 0 or 1 (n,), ties counted half.

    nan when one class has no weight.
    """

    def __init__(self, p: Floats, y: Floats) -> None:
        self._y = y
        self._rank = np.unique(p, return_inverse=True)[1]

    def __call__(self, weights: Floats) -> float:
        """The area under `weights` (n,)."""
        sides = (np.bincount(self._rank, weights * side).astype(np.float64) for side in (self._y, 1 - self._y))
        return area(*sides)


def area(left: Floats, stayed: Floats) -> float:
    """The area under the ROC curve, from what left and stayed at each risk, the lowest first; nan where nothing did."""
    ordered = np.einsum("i,i", left, np.cumsum(stayed) - stayed / 2)
    total = left.sum() * stayed.sum()
    return float(ordered / total) if total else float("nan")
