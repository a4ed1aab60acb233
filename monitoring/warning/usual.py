"""How many rise in an ordinary span: what the newest is held against, for risks rise by chance too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from monitoring.intervals import LEVEL
from monitoring.warning.watch import Span

FEWEST = 3  # spans before the newest, below which nothing is said to be more than usual


@dataclass(frozen=True, slots=True)
class Past:
    """How many of so many customers rose by more than was asked, between two instants."""

    since: datetime
    until: datetime
    customers: int
    rose: int

    @property
    def share(self) -> float:
        """Of the customers."""
        return self.rose / self.customers


@dataclass(frozen=True, slots=True)
class Usual:
    """The spans before, newest first. `most` is what the share of one more like them stays below; None of too few.

    In one of forty ordinary spans it does not.
    """

    spans: tuple[Past, ...]
    most: float | None

    @property
    def share(self) -> float:
        """The mean of all spans."""
        return float(np.mean([one.share for one in self.spans]))


def usual(earlier: Sequence[Span], rise: float, customers: int) -> Usual | None:
    """Of the spans before; None without any. `customers` are those of the newest.

    The upper end of Student's prediction interval for one more span: by the spread between spans, which is no less
    than chance alone gives so many customers.
    """
    past = tuple(one for one in (_past(span, rise) for span in earlier) if one.customers)
    if not past:
        return None
    if len(past) < FEWEST:
        return Usual(past, None)
    shares = np.array([one.share for one in past])
    least = (sum(one.rose for one in past) + 1) / (sum(one.customers for one in past) + 2)
    by_chance = least * (1 - least) / min(customers, *(one.customers for one in past))
    spread = sqrt(max(float(shares.var(ddof=1)), by_chance))
    t = float(stdtrit(len(past) - 1, 0.5 + LEVEL / 2))
    return Usual(past, min(1.0, float(shares.mean()) + t * spread * sqrt(1 + 1 / len(past))))


def _past(span: Span, rise: float) -> Past:
    known = span.rise[~np.isnan(span.rise)]
    return Past(span.since, span.until, len(known), int((known > rise).sum()))
