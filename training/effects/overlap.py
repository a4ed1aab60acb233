"""Overlap: whether treated and control customers are alike enough to be compared once weighted, and the weights.

Everything follows from the log-odds of being treated over those of the wave (`propensity.Assigned`): how many customers
were treated says nothing about who could be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Vector = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Overlap:
    """What is left after trimming.

    `share` of the rows lies within the bounds; `treated` and `controls` are effective numbers of rows, those of an
    unweighted sample that would be as exact.
    """

    share: float
    treated: float
    controls: float


def within(log_odds: Vector, trim: float) -> Flags:
    """Rows that could have gone either way: `trim` < p < 1 - `trim`, p as if the arms were of one size."""
    inside: Flags = np.abs(log_odds) < logit(1 - trim)
    return inside


def balanced(log_odds: Vector, treated: Vector, share: Vector) -> Vector:
    """Weights under which each arm stands for all rows: share / p if treated, else (1 - share) / (1 - p).

    `share` is the part of treated rows in each row's wave, and stays so for every customer under the weights. Source:
    stabilised inverse probability weights, Robins, Hernan and Brumback (2000).
    """
    p = expit(log_odds + logit(share))
    return np.asarray(np.where(treated == 1, share / p, (1 - share) / (1 - p)), np.float64)


def overlap(log_odds: Vector, treated: Vector, share: Vector, row: Index, trim: float) -> Overlap:
    """How much is comparable; copies of one `row` (numbers of log rows) count as one in the effective sizes."""
    inside = within(log_odds, trim)
    if not inside.any():
        return Overlap(0.0, 0.0, 0.0)
    made, weight = treated[inside], balanced(log_odds[inside], treated[inside], share[inside])
    per_row = np.bincount(row[inside], weights=weight) / np.maximum(np.bincount(row[inside]), 1)
    arms = [per_row[np.unique(row[inside][made == arm])] for arm in (1.0, 0.0)]
    return Overlap(float(inside.mean()), effective(arms[0]), effective(arms[1]))


def effective(weight: Vector) -> float:
    """Kish's effective sample size: (sum of weights) squared over the sum of their squares; 0 of no rows."""
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0
