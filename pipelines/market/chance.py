"""Where chance comes from: a generator, or one whose draws keep step whatever is done to the customers."""

from __future__ import annotations

import numpy as np

from pipelines.market.arrays import Index, Vector


class Coupled:
    """Draws that take the same numbers from `rng` whatever the rates are.

    Two worlds from one seed then have the same luck, customer by customer and week by week: they differ by what was
    done in them alone, which takes most of the noise out of their difference.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def random(self, size: int | tuple[int, ...]) -> Vector:
        """Evenly from 0 to 1."""
        return self._rng.random(size)

    def standard_normal(self, size: int) -> Vector:
        """Standard normal numbers."""
        return self._rng.standard_normal(size)

    def poisson(self, rate: Vector) -> Index:
        """A Poisson number of each rate, the same quantile of each distribution whatever the rate."""
        u, chance = self._rng.random(len(rate)), np.exp(-rate)
        found, below = np.zeros(len(rate), dtype=np.int64), chance.copy()
        # Beyond float precision the sum stops growing: nothing is left to find.
        while (more := (u >= below) & (chance > 0.0)).any():
            found[more] += 1
            chance = np.where(more, chance * rate / np.maximum(found, 1), chance)
            grown = np.where(more, below + chance, below)
            chance[more & (grown == below)] = 0.0
            below = grown
        return found

    def binomial(self, trials: Index, chance: Vector) -> Index:
        """How many of each one's trials succeed."""
        u = self._rng.random(len(trials))
        mass = (1.0 - chance) ** trials
        found, below = np.zeros(len(trials), dtype=np.int64), mass.copy()
        while (more := (u >= below) & (found < trials)).any():
            found[more] += 1
            step = (trials - found + 1) / np.maximum(found, 1) * chance / (1.0 - chance)
            mass = np.where(more, mass * step, mass)
            below = np.where(more, below + mass, below)
        return found


Chance = np.random.Generator | Coupled
