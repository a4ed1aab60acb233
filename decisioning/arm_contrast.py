"""The means of two arms held against each other: the difference and the ratio, with intervals.

The claim is about the population that customers were drawn from, not about these customers alone. Shares get Wilson's
limits and so Newcombe's interval; amounts, and what is adjusted, Student's with the degrees of freedom of Welch 1947.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt
from typing import Literal

from scipy.special import ndtri, stdtrit

from decisioning.arm_outcomes import ArmMean
from decisioning.estimates import Estimate
from decisioning.mover import Limits, around, difference, ratio, wilson

Method = Literal["score", "means", "adjusted"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two means, the `method` their intervals are made by, and the variance of everybody's mean before, `shared`."""

    first: ArmMean
    second: ArmMean
    method: Method
    shared: float

    @property
    def standard_error(self) -> float:
        """Of the difference."""
        apart = (self.first.slope - self.second.slope) ** 2 * self.shared
        return sqrt(self.first.variance + self.second.variance + apart)

    def difference(self, level: float) -> Estimate:
        """`first` less `second`."""
        found = difference(*self._limits(level), self._correlation())
        return Estimate(found.value, found.low, found.high, self.standard_error)

    def relative(self, level: float) -> Limits | None:
        """The difference as a share of `second`; None where that is not clearly above zero."""
        found = ratio(*self._limits(level), self._correlation())
        return None if found is None else Limits(found.value - 1, found.low - 1, found.high - 1)

    def skewed(self, level: float) -> float:
        """How much more, or less, an interval leaves out on one side than it says, as a share of what it says.

        By the first term of Edgeworth's expansion of Student's ratio (Hall 1992, section 2.6). Moments are pooled: a
        small arm that happens to lack the rare large amounts does not know that it does. 0 for the score interval,
        which is skewed itself.
        """
        one, other = (mean.customers for mean in self._both)
        second = sum(mean.customers**2 * mean.variance for mean in self._both) / (one + other)
        third = sum(mean.customers**3 * mean.third for mean in self._both) / (one + other)
        error = sqrt(second * (1 / one + 1 / other))
        if self.method == "score" or error**3 == 0:
            return 0.0
        skewness = third * (1 / one**2 - 1 / other**2) / error**3
        z = float(ndtri(0.5 + level / 2))
        density = exp(-(z**2) / 2) / sqrt(2 * pi)
        return abs(skewness) / 6 * (2 * z**2 + 1) * density / (0.5 - level / 2)

    def _limits(self, level: float) -> tuple[Limits, Limits]:
        if self.method == "score":
            one, other = (wilson(mean.value * mean.customers, mean.customers, level) for mean in self._both)
            return one, other
        t = float(stdtrit(self._freedom(), 0.5 + level / 2))
        one, other = (around(mean.value, t * sqrt(self._variance(mean))) for mean in self._both)
        return one, other

    @property
    def _both(self) -> tuple[ArmMean, ArmMean]:
        return self.first, self.second

    def _variance(self, mean: ArmMean) -> float:
        return mean.variance + mean.slope**2 * self.shared

    def _correlation(self) -> float:
        """Of the two means, which move with everybody's mean before."""
        product = self._variance(self.first) * self._variance(self.second)
        return self.first.slope * self.second.slope * self.shared / sqrt(product) if product > 0 else 0.0

    def _freedom(self) -> float:
        parts = sum(mean.variance**2 / mean.freedom for mean in self._both)
        least = float(min(mean.freedom for mean in self._both))
        total = self.first.variance + self.second.variance
        return total**2 / parts if parts > 0 else least
