"""What targeting earns where the truth is known: true profit per customer at a budget of contacts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]


def best_first(estimated: Matrix, true: Matrix, share: float) -> float:
    """The profit of giving each its best action by estimate, to the best `share` of customers, where it is a gain.

    `estimated` and `true` (n, K) are effects on profit against control. The value is per customer of all n.
    """
    action = estimated.argmax(axis=1)
    return ranked(estimated.max(axis=1), true[np.arange(len(true)), action], share)


def ranked(score: Vector, true: Vector, share: float) -> float:
    """The profit of treating the highest scores above zero, at most `share` of the n customers, per customer of all.

    `true` (n,) is what the treatment that each would get is worth. Of equal scores the earlier rows go first.
    """
    first = np.argsort(-score, kind="stable")[: int(share * len(score))]
    return float(true[first][score[first] > 0].sum() / len(score))


def at_random(true: Vector, share: float) -> float:
    """The expected profit of treating a random `share` of customers, per customer of all."""
    return float(share * true.mean())
