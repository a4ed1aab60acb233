"""What a challenger gains over the champion on the same rows, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]
DRAWS = 500
POWER = 1.3  # of the Tweedie deviance: the loss that value models learn by
SMALLEST = 1e-12


@dataclass(frozen=True)
class Comparison:
    """The gain of each row, positive where the challenger is better.

    `foresight` is what knowing every label would gain a row over knowing none: the scale on which a gain is large or
    small, whatever the unit and the rate of label 1.
    """

    words: str
    gain: Vector
    foresight: float


def profit_gained(label: Vector, new: Vector, old: Vector, *, saved: float, contact_cost: float) -> Comparison:
    """Profit of the challenger's choice of whom to contact less that of the champion's.

    Each contacts exactly those for whom probability x `saved` exceeds the cost; a contacted leaver brings `saved`.
    """

    def profit(probability: Vector) -> Vector:
        return np.where(probability * saved > contact_cost, label * saved - contact_cost, 0.0)

    return Comparison("expected profit", profit(new) - profit(old), float(profit(label).mean()))


def log_loss_saved(label: Vector, new: Vector, old: Vector) -> Comparison:
    """Logistic loss of the champion less that of the challenger."""

    def loss(probability: Vector) -> Vector:
        clipped = np.clip(probability, SMALLEST, 1 - SMALLEST)
        return -(label * np.log(clipped) + (1 - label) * np.log1p(-clipped))

    nothing = loss(np.full(len(label), label.mean()))
    return Comparison("log loss saved", loss(old) - loss(new), float(nothing.mean()))


def deviance_saved(label: Vector, new: Vector, old: Vector) -> Comparison:
    """Tweedie deviance of the champion less that of the challenger: least for the true mean, kind to a long tail."""

    def deviance(mean: Vector) -> Vector:
        mean = np.maximum(mean, SMALLEST)
        at_label = label ** (2 - POWER) / ((1 - POWER) * (2 - POWER))
        return 2 * (at_label - label * mean ** (1 - POWER) / (1 - POWER) + mean ** (2 - POWER) / (2 - POWER))

    nothing = deviance(np.full(len(label), label.mean()))
    return Comparison("Tweedie deviance saved", deviance(old) - deviance(new), float(nothing.mean()))


def interval(gain: Vector, customers: pd.Series[str], seed: int) -> tuple[float, float]:
    """95% interval of the mean gain: percentiles over samples of whole customers, whose rows are not independent."""
    totals, rows = _by_customer(gain, customers)
    rng = np.random.default_rng(seed)
    means = np.empty(DRAWS)
    for draw in range(DRAWS):
        drawn = rng.integers(0, len(rows), len(rows))
        means[draw] = totals[drawn].sum() / rows[drawn].sum()
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def standard_error(gain: Vector, customers: pd.Series[str]) -> float:
    """Of the mean gain, with the rows of one customer counted as one observation."""
    totals, rows = _by_customer(gain, customers)
    return float(np.sqrt(np.square(totals - rows * gain.mean()).sum()) / len(gain))


def _by_customer(gain: Vector, customers: pd.Series[str]) -> tuple[Vector, Vector]:
    codes = pd.factorize(customers)[0]
    return np.bincount(codes, gain).astype(np.float64), np.bincount(codes).astype(np.float64)
