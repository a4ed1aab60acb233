"""An estimate with its error, where the rows of one customer are one witness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value between the ends of its interval; `standard_error` is infinite where one customer says it all."""

    value: float
    low: float
    high: float
    standard_error: float

    @property
    def differs(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def weighted_mean(values: Vector, weight: Vector, group: Index, level: float) -> Estimate:
    """The mean of `values` (n,) by `weight` (n,), with an interval at `level`.

    `group` (n,) numbers the customers from 0. The error is that of a ratio, linearised, summed by customer; quantiles
    are Student's with one degree of freedom less than there are customers. Raises ValueError where no weight is left.
    """
    total = weight.sum()
    if not total > 0:
        raise ValueError("no row has weight: there is nothing to take the mean of")
    mean = float(weight @ values / total)
    return from_influence(mean, weight * (values - mean) / total, group, level, taking_part=weight > 0)


def from_influence(
    value: float, influence: Vector, group: Index, level: float, taking_part: NDArray[np.bool_] | None = None
) -> Estimate:
    """The interval of `value`, which errs by the sum of `influence` (n,), independent from customer to customer."""
    customers = np.bincount(group if taking_part is None else group[taking_part])
    count = int((customers > 0).sum())
    if count < 2:
        return Estimate(value, -np.inf, np.inf, np.inf)
    by_customer = np.bincount(group, influence)
    error = float(np.sqrt(count / (count - 1) * np.square(by_customer).sum()))
    half = float(stdtrit(count - 1, 0.5 + level / 2)) * error
    return Estimate(value, value - half, value + half, error)
