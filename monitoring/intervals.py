"""Intervals: the sampling error that stands beside every measured share and metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
LEVEL = 0.95
Z95 = float(ndtri(0.5 + LEVEL / 2))  # a normal mean is within so many standard errors of the truth


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value between the ends of its 95% interval."""

    value: float
    low: float
    high: float


def wilson(successes: float, trials: float, effective: float | None = None) -> Interval:
    """Wilson's score interval of a share; `effective` trials, when fewer are independent, widen it.

    Source: Wilson 1927; holds up at shares near 0 and 1 where the normal interval collapses.
    """
    share = successes / trials
    n = trials if effective is None else effective
    z2 = Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(share, float(max(0.0, min(share, centre - half))), float(min(1.0, max(share, centre + half))))


def normal(mean: float, sd: float, n: int) -> Interval:
    """The mean of n independent values with a standard deviation of `sd`."""
    half = Z95 * sd / sqrt(n)
    return Interval(mean, mean - half, mean + half)


def cluster_bootstrap(
    metric: Callable[[Floats], float], clusters: NDArray[np.intp], *, resamples: int, rng: np.random.Generator
) -> Interval:
    """Percentile interval of `metric(row_weights)` when whole clusters are drawn with replacement.

    `clusters` numbers each row's customer from 0; rows of one customer rise and fall together, so that a customer
    predicted ten times counts as one witness. Resamples where the metric is undefined (nan) are left out.
    """
    count = int(clusters.max()) + 1
    times = (np.bincount(rng.integers(count, size=count), minlength=count) for _ in range(resamples))
    drawn = (metric(one.astype(np.float64)[clusters]) for one in times)
    low, high = np.nanquantile(np.fromiter(drawn, np.float64, resamples), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(metric(np.ones(len(clusters))), float(low), float(high))
