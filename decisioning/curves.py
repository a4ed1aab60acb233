"""What a ranking of customers is worth: uplift by bin, at a share and along the whole curve, with intervals.

All work on `score` (n,), highest first; `gains` (n,), an unbiased score of each row's effect, such as the doubly robust
one, made by models that have not seen the row; `weight` (n,); and `group` (n,), which numbers the customers from 0.
Rows of equal score share their places, so that no order of the file counts. Intervals take the ranking as given: its
own sampling error is small beside that of the gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from decisioning.estimates import Estimate, Index, Vector, weighted_mean

SHARES = tuple(round(0.05 * step, 2) for step in range(1, 21))


@dataclass(frozen=True, slots=True)
class Bin:
    """The average uplift of customers between two shares of the ranking; 0 to .1 is the highest tenth."""

    low_share: float
    high_share: float
    uplift: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    """What a curve says where the best `share` of customers is treated."""

    share: float
    value: Estimate


def uplift_by_bin(
    score: Vector, gains: Vector, weight: Vector, group: Index, *, bins: int = 10, level: float = 0.9
) -> tuple[Bin, ...]:
    """Average uplift in `bins` equal parts of the ranking, the highest scores first."""
    edges = np.round(np.linspace(0.0, 1.0, bins + 1), 12)
    found = []
    for low, high in pairwise(edges):
        mean = weighted_mean(gains, weight * between(score, weight, low, high), group, level)
        found.append(Bin(float(low), float(high), mean.value, mean.low, mean.high))
    return tuple(found)


def uplift_at(
    score: Vector, gains: Vector, weight: Vector, group: Index, share: float, *, level: float = 0.9
) -> Estimate:
    """Average uplift of the best `share` of customers, per customer treated."""
    return weighted_mean(gains, weight * between(score, weight, 0.0, share), group, level)


def value_at(
    score: Vector, gains: Vector, weight: Vector, group: Index, share: float, *, level: float = 0.9
) -> Estimate:
    """What treating the best `share` of customers gains over treating none, per customer of all: share x uplift_at."""
    mean = uplift_at(score, gains, weight, group, share, level=level)
    return _scaled(mean, share)


def difference_at(
    score: Vector, other: Vector, gains: Vector, weight: Vector, group: Index, share: float, *, level: float = 0.9
) -> Estimate:
    """`value_at` of `score` less that of the ranking `other`, on the same rows, so that their common noise cancels."""
    treated = between(score, weight, 0.0, share) - between(other, weight, 0.0, share)
    return weighted_mean(treated * gains, weight, group, level)


def profit_curve(
    score: Vector,
    gains: Vector,
    weight: Vector,
    group: Index,
    *,
    worth: float = 1.0,
    cost: float | Vector = 0.0,
    shares: Sequence[float] = SHARES,
    level: float = 0.9,
) -> tuple[Point, ...]:
    """Profit per customer of all, at each share treated: `worth` of one unit of uplift, less the `cost` of a treatment.

    `cost` may hold one per row (n,). With the defaults it is the uplift curve.
    """
    profits = worth * gains - cost
    return tuple(Point(share, value_at(score, profits, weight, group, share, level=level)) for share in shares)


def auuc(score: Vector, gains: Vector, weight: Vector, group: Index, *, level: float = 0.9) -> Estimate:
    """Area between the uplift curve and that of a random order, per customer; 0 for a score that knows nothing.

    The curve's area is the mean of gain x (1 - place in the ranking), so that over random it is gain x (1/2 - place).
    """
    return weighted_mean(gains * (0.5 - places(score, weight)), weight, group, level)


def between(score: Vector, weight: Vector, low: float, high: float) -> Vector:
    """How much of each row (n,) lies between two shares of the ranking: 0 to 1, parts where equal scores straddle."""
    first, last = _spans(score, weight)
    overlap = np.minimum(last, high) - np.maximum(first, low)
    part: Vector = np.divide(overlap, last - first, out=np.zeros_like(overlap), where=last > first)
    return np.clip(part, 0.0, 1.0)


def places(score: Vector, weight: Vector) -> Vector:
    """The place of each row (n,) in the ranking, as a share: near 0 the highest, near 1 the lowest score."""
    first, last = _spans(score, weight)
    return (first + last) / 2


def _spans(score: Vector, weight: Vector) -> tuple[Vector, Vector]:
    """Between which shares of the whole weight the rows of each score lie, the highest score first."""
    if np.isnan(score).any():
        raise ValueError(f"{int(np.isnan(score).sum())} scores are NaN; a ranking needs numbers")
    _, at = np.unique(-score, return_inverse=True)
    totals = np.bincount(at, weight)
    last = np.cumsum(totals) / totals.sum()
    first = np.concatenate([[0.0], last[:-1]])
    last[-1] = 1.0
    return first[at], last[at]


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(
        factor * estimate.value, factor * estimate.low, factor * estimate.high, factor * estimate.standard_error
    )
