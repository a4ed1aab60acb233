"""Intervals of a difference and of a ratio, recovered from those of two means (MOVER).

With Wilson's limits for shares the difference is Newcombe's hybrid score interval, which holds at small counts; with
symmetric limits it is the usual one, and the ratio Fieller's. Both leave "no difference" out on the same data.
Sources: Wilson 1927; Newcombe 1998, method 10; Zou and Donner 2008; Donner and Zou 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri


@dataclass(frozen=True, slots=True)
class Limits:
    """A value between the ends of its interval."""

    value: float
    low: float
    high: float

    @property
    def differs(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def around(value: float, half: float) -> Limits:
    """Symmetric limits."""
    return Limits(value, value - half, value + half)


def wilson(events: float, customers: int, level: float) -> Limits:
    """A share with Wilson's score limits."""
    z2, share = float(ndtri(0.5 + level / 2)) ** 2, events / customers
    middle = (events + z2 / 2) / (customers + z2)
    half = sqrt(z2 * (share * (1 - share) * customers + z2 / 4)) / (customers + z2)
    # Of no events, or of nothing else, the share is an end of the interval itself, but for rounding.
    return Limits(
        share, min(middle - half, share) if share > 0 else 0.0, max(middle + half, share) if share < 1 else 1.0
    )


def difference(first: Limits, second: Limits, correlation: float = 0.0) -> Limits:
    """`first` less `second`, whose estimates have that correlation."""
    value = first.value - second.value
    below = _apart(first.value - first.low, second.high - second.value, correlation)
    above = _apart(first.high - first.value, second.value - second.low, correlation)
    return Limits(value, value - below, value + above)


def ratio(first: Limits, second: Limits, correlation: float = 0.0) -> Limits | None:
    """`first` over `second`; None where `second` is not clearly above zero, so that the ratio has no bounds."""
    if not (second.low > 0 and second.low * (2 * second.value - second.low) > 0):  # the latter may be below any float
        return None
    low = _end(first.value, first.low, second.value, second.high, correlation, -1)
    high = _end(first.value, first.high, second.value, second.low, correlation, 1)
    return Limits(first.value / second.value, low, high)


def _apart(one: float, other: float, correlation: float) -> float:
    return sqrt(max(0.0, one**2 + other**2 - 2 * correlation * one * other))


def _end(first: float, limit: float, second: float, other: float, correlation: float, sign: int) -> float:
    """One root of a R^2 - 2 b R + c = 0: the ratio R where the limit of `first` - R x `second` is zero."""
    a, c = other * (2 * second - other), limit * (2 * first - limit)
    b = first * second - correlation * (first - limit) * (other - second)
    root = sqrt(max(0.0, b**2 - a * c))
    if sign < 0 and b >= 0:  # the same root in the form that holds for a <= 0, which limits that are not symmetric give
        return c / (b + root) if b + root > 0 else 0.0
    return (b + sign * root) / a
