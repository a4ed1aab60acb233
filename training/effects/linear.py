"""Shrunk linear learners. On small effects they win, as what they cannot say they cannot get wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

from training.effects.contrast import Contrast, Vector
from training.effects.members import Members
from training.effects.sums import Blocks, Penalty, Sums

STRONGER = (30000.0, 10000.0, 3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0)  # penalties on effects, tried in turn
CROSSED = (300.0, 30.0, 3.0)  # times that, on what suits whom: who gains is plainer than who gains from what
START = Penalty(3000.0, 30000.0)  # around its solution log-odds are first linearised
STEPS = 25  # Newton's, at most: five are usual
TOLERANCE = 1e-4  # of a coefficient, on standardised columns
RISES = 2  # worse penalties in a row after which weaker ones are not tried
TINY = float(np.finfo(np.float64).tiny)


def s_learner(contrast: Contrast) -> Members:
    """One regression of the outcome on columns and treatment: logistic for yes or no, least squares for an amount.

    Products with the treatment are shrunk harder than main effects: by the strongest penalty whose held-out loss is
    within a standard error of the least (Breiman et al. 1984).
    """
    blocks = Blocks(contrast)
    working = _Working(contrast.outcome, contrast.weight, blocks, binary=contrast.binary)
    sums = working.sums(_converge(blocks, working))
    penalty, found = _search(sums, blocks, working, crossed=len(contrast.of_action) > 0)
    if contrast.binary:  # once more, around the solution: then every fold's is exact to second order
        found = blocks.solve_folds(working.sums([blocks.solve(sums, penalty)]), penalty)
    return Members(blocks.parts([one * working.scale for one in found]), contrast.binary)


def dr_learner(contrast: Contrast, gains: Vector) -> Members:
    """A ridge regression of the doubly robust scores: the effect itself is linear; there are no main effects."""
    blocks = Blocks(contrast, arms=False)
    working = _Working(gains, contrast.weight, blocks, binary=False)
    _, found = _search(working.sums([]), blocks, working, crossed=len(contrast.of_action) > 0)
    return Members(blocks.parts([one * working.scale for one in found]), binary=False)


class _Working:
    """The regression that Newton's method solves next: of the outcome itself, or of its linearised log-odds."""

    def __init__(self, outcome: Vector, weight: Vector, blocks: Blocks, *, binary: bool) -> None:
        self._blocks, self.binary = blocks, binary
        self.scale = 1.0 if binary else max(float(outcome.std()), TINY)
        self._outcome, self._weight = outcome[blocks.order] / self.scale, weight[blocks.order]

    @property
    def start(self) -> float:
        """The log-odds of the mean outcome."""
        return float(logit(np.clip(np.average(self._outcome, weights=self._weight), 1e-4, 1 - 1e-4)))

    def sums(self, coefficients: Sequence[Vector]) -> Sums:
        """Of the next regression, which for log-odds depends on where the last one ended."""
        if not self.binary:
            return self._blocks.sums(self._weight, self._outcome)
        margins = self._blocks.predict(coefficients)
        p = expit(margins)
        slope = np.maximum(p * (1 - p), 1e-6)
        return self._blocks.sums(self._weight * slope, margins + (self._outcome - p) / slope)

    def losses(self, coefficients: Sequence[Vector]) -> Vector:
        """By row: logistic or squared."""
        predicted = self._blocks.predict(coefficients)
        if self.binary:
            return self._weight * (np.logaddexp(0, predicted) - self._outcome * predicted)
        return self._weight * (self._outcome - predicted) ** 2


def _converge(blocks: Blocks, working: _Working) -> list[Vector]:
    """Coefficients on all rows around which log-odds are linearised."""
    found = np.zeros(blocks.size)
    if not working.binary:
        return [found]
    found[0] = working.start
    for _ in range(STEPS):
        step = blocks.solve(working.sums([found]), START)
        change, found = float(np.abs(step - found).max()), step
        if change < TOLERANCE:
            break
    return [found]


def _search(sums: Sums, blocks: Blocks, working: _Working, *, crossed: bool) -> tuple[Penalty, list[Vector]]:
    """The penalties chosen, one after the other, and each fold's coefficients under them."""
    hardest, *softer = CROSSED
    penalty, found = _path([Penalty(one, hardest * one) for one in STRONGER], sums, blocks, working)
    if not crossed:
        return penalty, found
    chosen = penalty.stronger
    return _path([penalty, *(Penalty(chosen, ratio * chosen) for ratio in softer)], sums, blocks, working)


def _path(penalties: Sequence[Penalty], sums: Sums, blocks: Blocks, working: _Working) -> tuple[Penalty, list[Vector]]:
    """The strongest of `penalties`, strongest first, that is near the best of them, and what it gives."""
    found: list[list[Vector]] = []
    losses: list[Vector] = []
    least = 0
    for penalty in penalties:
        found.append(blocks.solve_folds(sums, penalty))
        losses.append(working.losses(found[-1]))
        least = int(np.argmin([loss.sum() for loss in losses]))
        if len(losses) - 1 - least >= RISES:
            break
    at = next(at for at, loss in enumerate(losses) if _near(loss - losses[least]))
    return penalties[at], found[at]


def _near(worse: Vector) -> bool:
    """Whether a loss by row exceeds another by less than a standard error of the difference."""
    return float(worse.sum()) <= float(worse.std()) * float(np.sqrt(len(worse)))
