"""Exploration: now and then another candidate than the best, with a probability that is known and logged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Method = Literal["epsilon", "thompson"]


@dataclass(frozen=True, slots=True)
class Exploration:
    """How candidates other than the best are tried. `epsilon` and `floor` are probabilities, `members` >= 1.

    `epsilon`: the best comes first, but for a share of decisions in which every candidate is as likely. `thompson`:
    what is not known of effects decides how often; one of `members` draws of all effects from their beliefs is taken,
    all as likely, and the best under it comes first. An epsilon may be added, and no candidate is below `floor`.
    """

    method: Method = "epsilon"
    epsilon: float = 0.0
    floor: float = 0.0
    members: int = 100
    seed: int = 0

    def draws(self, actions: int) -> Matrix:
        """Members x actions: how many standard errors each effect of each member is above its estimate."""
        return np.random.default_rng(self.seed).standard_normal((self.members, actions))


def selection_probabilities(shares: Vector, *, epsilon: float, floor: float) -> Vector:
    """The probability of each of n candidates to come first, given that without exploration, `shares` (n,), sum 1.

    A mixture with an even draw: epsilon of it, or as much more as no probability below `floor` takes; where n x floor
    exceeds 1, which no distribution can satisfy, all are equal. They sum to 1.
    """
    even = 1.0 / len(shares)
    least = float(shares.min())
    needed = 0.0 if least >= floor else min(1.0, (floor - least) / (even - least)) if even > floor else 1.0
    mixed = max(epsilon, needed)
    return np.asarray((1.0 - mixed) * shares + mixed * even)


def greedy(net_values: Vector, order: NDArray[np.intp]) -> Vector:
    """All of the share to the candidate with the highest net value, ties to the lowest of `order`."""
    best = np.lexsort((order, -net_values))[0]
    shares = np.zeros(len(net_values))
    shares[best] = 1.0
    return shares


def thompson(net_values: Vector, standard_errors: Vector, draws: Matrix, order: NDArray[np.intp]) -> Vector:
    """The share of members, rows of `draws` (members, n), under whom each candidate has the highest net value.

    `net_values` and their `standard_errors` (n,) are in currency. Exact: one member is drawn, all as likely. Ties go
    to the lowest of `order`. Source: Chapelle and Li 2011; an ensemble in place of a posterior, Lu and Van Roy 2017.
    """
    by_order = np.argsort(order, kind="stable")
    values = draws.take(by_order, axis=1)
    values *= standard_errors[by_order]
    values += net_values[by_order]
    first = by_order[np.argmax(values, axis=1)]
    return np.bincount(first, minlength=len(net_values)) / len(draws)


def draw(probabilities: Vector, rng: np.random.Generator) -> int:
    """Draw a position from `probabilities`, which sum to 1, with one uniform number of `rng`."""
    sums = list(accumulate(probabilities.tolist()))
    drawn = bisect_right(sums, rng.random())
    # The whole sum may round to just below 1: then it is the last that can happen, where the sum is reached.
    return drawn if drawn < len(sums) else bisect_left(sums, sums[-1])


def decision_rng(seed: int, decision_id: str) -> np.random.Generator:
    """Seed the generator of one decision: the same `seed` >= 0 and id draw the same again, for replay and audit."""
    return np.random.default_rng([seed, int.from_bytes(sha256(decision_id.encode()).digest()[:8], "big")])
