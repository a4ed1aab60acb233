"""The choice of a learner: by what treating those it ranks highest gains, on customers it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from decisioning.curves import difference_at, value_at
from decisioning.estimates import Estimate, weighted_mean
from training.effects.contrast import Vector
from training.effects.learners import BOOSTED, Candidate, Shared, centred, linear_learners

LEVEL = 0.9  # of the intervals
SURE = 2.0  # standard errors by which it must tell gains more closely, where values are alike
SHOWN = 1.0  # standard errors by which a more complex learner must beat a simpler one
FIRST = 0  # the fold that boosted learners race on


@dataclass(frozen=True)
class Tried:
    """A learner's held-out value at the budget, per row, and its difference to the winner's, with 90% intervals.

    One that was behind on the first fold is judged there only; all numbers are then of that fold.
    """

    learner: str
    value: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float


@dataclass(frozen=True)
class Choice:
    """The winner, why it won, and everyone who was tried."""

    winner: Candidate
    reason: str
    menu: tuple[Tried, ...]


def choose(shared: Shared, progress: Callable[[int, int], None] = lambda *_: None) -> Choice:
    """The simplest learner that no more complex one beats.

    A learner's value is the gain of treating the share `budget` of rows that it scores highest. One beats another by
    a paired standard error of value; or, where their values are within one, by telling gains more closely, which far
    fewer rows show: two standard errors of squared error. Boosted learners are first fitted for one fold, and for the
    others only where they are not behind there in both.
    """
    tried = [centred(learner(shared), shared.contrast) for learner in linear_learners(shared.contrast)]
    steps = len(tried) + len(BOOSTED)
    winner, won = _better(shared, tried[0], tried[1:])
    folds = range(shared.contrast.folds)
    for boosted in BOOSTED:
        progress(len(tried), steps)
        one = boosted(shared, [FIRST])
        if max(_ahead(shared, one, winner).value, _closer(shared, one, winner).value) > 0:
            one = centred(boosted(shared, folds), shared.contrast)
            winner, said = _better(shared, winner, [one])
            won = said or won
        tried.append(one)
    progress(steps, steps)
    menu = tuple(_tried(shared, one, winner) for one in tried)
    return Choice(winner, _reason(shared, menu, winner, won), menu)


def _better(shared: Shared, winner: Candidate, others: list[Candidate]) -> tuple[Candidate, str]:
    said = ""
    for other in others:
        ahead, closer = _ahead(shared, other, winner), _closer(shared, other, winner)
        error = ahead.standard_error
        if ahead.value > SHOWN * error:
            said = f"it beats {winner.learner} by {ahead.value:.4g} (standard error {error:.2g})"
            winner = other
        elif ahead.value > -SHOWN * error and closer.value > SURE * closer.standard_error:
            said = (
                f"it gains as much as {winner.learner} ({ahead.value:+.4g}, standard error {error:.2g}) and tells "
                f"gains more closely, by {closer.value / closer.standard_error:.1f} standard errors of squared error"
            )
            winner = other
    return winner, said


def _closer(shared: Shared, one: Candidate, other: Candidate) -> Estimate:
    """By how much the squared error of `one` against gains is below that of `other`, on the rows scored by `one`."""
    rows = np.flatnonzero(~np.isnan(one.scores))
    gains, weight, group, _ = _judged(shared, rows)
    less = np.square(gains - other.scores[rows]) - np.square(gains - one.scores[rows])
    return weighted_mean(less, weight, group, LEVEL)


def _ahead(shared: Shared, one: Candidate, other: Candidate) -> Estimate:
    """By how much the value of `one` exceeds that of `other`, on the rows that `one` has scores of."""
    rows = np.flatnonzero(~np.isnan(one.scores))
    return difference_at(one.scores[rows], other.scores[rows], *_judged(shared, rows), level=LEVEL)


def _judged(shared: Shared, rows: np.ndarray) -> tuple[Vector, Vector, np.ndarray, float]:
    contrast = shared.contrast
    return shared.nuisances.gains[rows], contrast.weight[rows], contrast.group[rows], shared.settings.budget


def _tried(shared: Shared, one: Candidate, winner: Candidate) -> Tried:
    rows = np.flatnonzero(~np.isnan(one.scores))
    value = value_at(one.scores[rows], *_judged(shared, rows), level=LEVEL)
    ahead = _ahead(shared, one, winner)
    return Tried(one.learner, value.value, value.low, value.high, ahead.value, ahead.low, ahead.high)


def _reason(shared: Shared, menu: tuple[Tried, ...], winner: Candidate, won: str) -> str:
    found = next(tried for tried in menu if tried.learner == winner.learner)
    return (
        f"Treating the best {shared.settings.budget:.0%} gains {found.value:.4g} a row ({found.low:.4g} to "
        f"{found.high:.4g}) on customers it had not seen; {won or 'it is the simplest'}, "
        "and no more complex learner beats it."
    )
