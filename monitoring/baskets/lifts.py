"""Lifts of pairs of items with errors between customers, and which of them chance does not explain.

Baskets of one customer are like each other, so errors are those of customers drawn, by the delta method on the
logarithm. Many pairs are compared, so chance alone would find some: they are held to a false discovery rate (Benjamini
and Hochberg 1995), and the intervals of those found are as wide as that choice wants (Benjamini and Yekutieli 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import stdtr, stdtrit

from monitoring.baskets.items import Baskets
from monitoring.intervals import LEVEL, Floats, Interval, wilson

BATCH = 64  # pairs measured at once

Pairs = NDArray[np.int64]  # (pairs, 2): the item that is given, and the one that may follow


@dataclass(frozen=True)
class Lifts:
    """Of each pair: baskets with both, with the item given, and all; lift and the standard error of its logarithm.

    `customers` had both; `witnesses` are as many, or fewer where some of them had both much more often (Kish 1965).
    `supporting` and `confirming` are how many independent baskets would tell support and confidence as well.
    """

    both: Floats
    given: Floats
    baskets: int
    lift: Floats
    error: Floats
    customers: Floats
    witnesses: Floats
    supporting: Floats
    confirming: Floats

    def found(self, family: int, few: int) -> tuple[NDArray[np.intp], float]:
        """Pairs of `few` witnesses or more whose lift is above 1 beyond chance, out of a `family`; and their level.

        95% of the intervals at that level hold the truth, on average over those found. Pairs of the family that are
        not among these count as no discovery.
        """
        half, asked = (1 - LEVEL) / 2, self.witnesses >= few  # half, as one of the two ends of an interval decides
        chance = np.where(asked, stdtr(self.freedom, -np.log(self.lift) / self.error), 1.0)
        passed = np.flatnonzero(np.sort(chance) <= half * np.arange(1, len(chance) + 1) / max(family, 1))
        level = half * (passed[-1] + 1 if len(passed) else 0) / max(family, 1)
        return np.flatnonzero(chance <= level), float(level)

    @property
    def freedom(self) -> Floats:
        """Degrees of freedom of Student's quantiles: a lift rests on no more than the customers who had both."""
        return np.maximum(self.witnesses - 1, 1.0)

    def interval(self, at: int, level: float) -> Interval:
        """Of the lift, each of its ends at `level`."""
        lift, reach = float(self.lift[at]), np.exp(-stdtrit(self.freedom[at], level) * self.error[at])
        return Interval(lift, lift / reach, lift * reach)

    def support(self, at: int) -> Interval:
        """The share of baskets with both."""
        return wilson(float(self.both[at]), self.baskets, float(self.supporting[at]))

    def confidence(self, at: int) -> Interval:
        """The share of the baskets with the item given that hold the other."""
        return wilson(float(self.both[at]), float(self.given[at]), float(self.confirming[at]))


def lifts(baskets: Baskets, pairs: Pairs) -> Lifts:
    """Of pairs that occur together."""
    count = len(baskets.customers)
    shape = (int(baskets.customers.max()) + 1, count)
    own = sparse.csr_array((np.ones(count), (baskets.customers, np.arange(count))), shape=shape)
    parts = [_part(own, baskets.held, pairs[at : at + BATCH]) for at in range(0, len(pairs), BATCH)]
    both, given, *others = np.concatenate([np.empty((8, 0)), *parts], axis=1)
    return Lifts(both, given, count, *others)


def _part(own: sparse.csr_array, held: sparse.csc_array, pairs: Pairs) -> Floats:
    """The columns of `Lifts`. The logarithm of a total moves with a customer by that customer's share of the total.

    Where all who have the one have the other, that error is too small to be true: it is at least the one of confidence
    with two baskets more that hold the other and two that do not. Source: Agresti and Coull 1998.
    """
    given, then = held[:, pairs[:, 0]], held[:, pairs[:, 1]]
    counts = [(own @ one).toarray() for one in (given.multiply(then), given, then)]
    both, first, second = (count / count.sum(axis=0) for count in counts)
    sizes = own.sum(axis=1)
    every, scale = (sizes / sizes.sum())[:, None], len(sizes) / max(len(sizes) - 1, 1)
    error, of_support, of_confidence = (
        np.sqrt(scale * (influence**2).sum(axis=0))
        for influence in (both + every - first - second, both - every, both - first)
    )
    together, had, followed = (count.sum(axis=0) for count in counts)
    customers, witnesses = (counts[0] > 0).sum(axis=0), together**2 / (counts[0] ** 2).sum(axis=0)
    lift = together * sizes.sum() / (had * followed)
    smooth = (together + 2) / (had + 4)
    error = np.sqrt(np.maximum(error**2, (1 - smooth) / (smooth * had)))
    supporting = _effective(together / sizes.sum(), of_support, np.full(len(had), sizes.sum()), customers)
    confirming = _effective(together / had, of_confidence, had, customers)
    return np.array([together, had, lift, error, customers, witnesses, supporting, confirming])


def _effective(share: Floats, error: Floats, trials: Floats, customers: Floats) -> Floats:
    """Independent trials that would tell `share` with this relative error: customers where all of them agree."""
    with np.errstate(divide="ignore", invalid="ignore"):
        equal = np.where(error > 0, (1 - share) / (share * error**2), customers)
    return np.minimum(equal, trials)
