"""Exploration: now and then another candidate than the best, with a probability that is known and logged."""

from __future__ import annotations

from bisect import bisect_right
from hashlib import sha256
from itertools import accumulate

import numpy as np


def selection_probabilities(count: int, *, epsilon: float, floor: float) -> list[float]:
    """Give each of `count` >= 1 ranked candidates its probability to be put first; they sum to 1.

    Epsilon-greedy: each gets epsilon / count, the best the rest as well. None is below `floor`; where count x floor
    exceeds 1, which no distribution can satisfy, all are equal.
    """
    explored = max(epsilon / count, min(floor, 1 / count))
    return [1 - (count - 1) * explored, *[explored] * (count - 1)]


def draw(probabilities: list[float], rng: np.random.Generator) -> int:
    """Draw a position from `probabilities`, which sum to 1, with one uniform number of `rng`."""
    drawn = bisect_right(list(accumulate(probabilities)), rng.random())
    return min(drawn, len(probabilities) - 1)  # the last sum may round to just below 1


def decision_rng(seed: int, decision_id: str) -> np.random.Generator:
    """Seed the generator of one decision: the same `seed` >= 0 and id draw the same again, for replay and audit."""
    return np.random.default_rng([seed, int.from_bytes(sha256(decision_id.encode()).digest()[:8], "big")])
