"""What held-out customers say of a score: how large effects are on average, and whether they spread as it says."""

from __future__ import annotations

import numpy as np

from configs.effects import LEVEL, WIDTH, Belief
from decisioning.curves import places
from decisioning.estimates import weighted_mean
from training.effects.contrast import Contrast, Index, Matrix, Vector

BINS = 10  # parts of the ranking in which averages are held against the line
FEW = 3  # actions below which nothing can be said of how actions differ
TINY = 1e-12
FLAT = 1e-6  # spread of scores, against that of gains, below which there is no slope to speak of


def believe(scores: Vector, gains: Vector, contrast: Contrast) -> Belief:
    """The line of gains through scores, both by models that have not seen the customer; errors are by customer.

    The slope departs from 1 only where it must, where 1 is outside its 90% interval, and never below 0. It is of scores
    around their fold's mean: a member that is blind to customers with high gains scores low, on average, for just that.
    """
    weight = contrast.weight
    away = scores - _fold_means(scores, contrast)
    flat = float(away.std()) <= FLAT * float(gains.std())
    columns = np.ones((len(away), 1)) if flat else np.column_stack([np.ones(len(away)), away])
    line, variance = _line(columns, gains, contrast)
    variance = np.pad(variance, (0, 2 - len(line)))
    departs = not flat and abs(line[1] - 1) > WIDTH * np.sqrt(variance[1, 1])
    slope = max(0.0, float(line[1])) if departs else 1.0
    tenth = np.minimum((BINS * places(-away, weight)).astype(np.intp), BINS - 1)
    return Belief(
        centre=float(np.average(scores, weights=weight)),
        mean=float(line[0]),
        slope=slope,
        var_mean=float(variance[0, 0]),
        cov=float(variance[0, 1]),
        var_slope=float(variance[1, 1]),
        var_fit=0.0 if flat else _spread(gains - line[0] - slope * away, tenth, contrast),
        var_offers=_between_actions(gains, contrast, float(line[0])),
    )


def believe_by_fold(scores: Vector, gains: Vector, contrast: Contrast) -> tuple[Belief, ...]:
    """What is believed without each fold: for judging policies on rows that no part of the belief has seen."""
    others = [np.flatnonzero(contrast.fold != own) for own in range(contrast.folds)]
    return tuple(believe(scores[rows], gains[rows], contrast.take(rows)) for rows in others)


def _fold_means(scores: Vector, contrast: Contrast) -> Vector:
    """The mean score of each row's fold."""
    total = np.bincount(contrast.fold, contrast.weight)
    sums = np.bincount(contrast.fold, contrast.weight * scores)
    return np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)[contrast.fold]


def _line(columns: Matrix, gains: Vector, contrast: Contrast) -> tuple[Vector, Matrix]:
    """Weighted least squares and its variance where the rows of a customer are one witness (Liang and Zeger 1986)."""
    weighted = columns * contrast.weight[:, None]
    inverse = np.linalg.inv(weighted.T @ columns)
    line = inverse @ (weighted.T @ gains)
    surprises = weighted * (gains - columns @ line)[:, None]
    customers = np.stack([np.bincount(contrast.group, part) for part in surprises.T])
    count = int((np.bincount(contrast.group) > 0).sum())
    return line, inverse @ (customers @ customers.T) @ inverse * (count / max(count - 1, 1))


def _between_actions(gains: Vector, contrast: Contrast, mean: float) -> float:
    """How much the average effects of actions vary: one not tried is another of them.

    With fewer than three actions, the square of the average effect stands in.
    """
    _, action = np.unique(contrast.z[:, contrast.of_action], axis=0, return_inverse=True)
    return mean**2 if action.max() + 1 < FEW else _spread(gains, action.ravel(), contrast)


def _spread(values: Vector, part: Index, contrast: Contrast) -> float:
    """The variance between the means of the parts beyond their errors (DerSimonian and Laird 1986)."""
    found = [
        weighted_mean(values[rows], contrast.weight[rows], contrast.group[rows], LEVEL)
        for rows in (np.flatnonzero(part == one) for one in np.unique(part))
    ]
    precision = np.array([1 / max(one.standard_error, TINY) ** 2 for one in found])
    means = np.array([one.value for one in found])
    slack = precision.sum() - (precision**2).sum() / precision.sum()
    excess = precision @ (means - precision @ means / precision.sum()) ** 2 - (len(found) - 1)
    return max(0.0, float(excess / slack)) if slack > 0 else 0.0
