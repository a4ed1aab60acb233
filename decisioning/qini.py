"""Qini: how much better than at random a score finds those whom a treatment moves, on one randomised contrast.

Source: Radcliffe 2007, "Using control groups to target on predicted lift"; normalised as `qini_auc_score` of
scikit-uplift 0.5.1 does, by the area of the order that the outcomes themselves would give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from decisioning.estimates import Estimate, Index, Vector

DRAWS = 200


@dataclass(frozen=True, slots=True)
class QiniCurve:
    """Rows treated so far (by weight, from 0 to all) and the responses gained by then; straight lines between."""

    rows: Vector
    gained: Vector

    @property
    def area(self) -> float:
        """Between the curve and the straight line of a random order."""
        line = self.gained[-1] * self.rows / self.rows[-1]
        return float(np.trapezoid(self.gained - line, self.rows))


def qini_curve(score: Vector, outcome: Vector, treated: Vector, weight: Vector | None = None) -> QiniCurve:
    """Responses of the treated less those of control scaled to their number, as the scores (n,) go down.

    `outcome` (n,) is yes or no or an amount, `treated` (n,) 1 or 0. Equal scores come together.
    """
    _check(score, outcome, treated)
    order, ends = _order(score)
    return _curve(order, ends, outcome, treated, np.ones(len(score)) if weight is None else weight)


def qini(score: Vector, outcome: Vector, treated: Vector, weight: Vector | None = None) -> float:
    """The normalised Qini: 0 at random, 1 for the order that knows every outcome."""
    perfect = qini_curve(_hindsight(outcome, treated), outcome, treated, weight)
    return qini_curve(score, outcome, treated, weight).area / perfect.area


def qini_interval(
    score: Vector,
    outcome: Vector,
    treated: Vector,
    group: Index,
    *,
    rng: np.random.Generator,
    weight: Vector | None = None,
    level: float = 0.9,
    draws: int = DRAWS,
) -> Estimate:
    """The normalised Qini, with percentiles over samples of whole customers, numbered by `group` (n,) from 0."""
    value = qini(score, outcome, treated, weight)
    base = np.ones(len(score)) if weight is None else weight
    found, best = _order(score), _order(_hindsight(outcome, treated))
    count = int(group.max()) + 1
    drawn = np.empty(draws)
    for draw in range(draws):
        times = base * np.bincount(rng.integers(0, count, count), minlength=count)[group]
        drawn[draw] = _curve(*found, outcome, treated, times).area / _curve(*best, outcome, treated, times).area
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return Estimate(value, float(low), float(high), float(drawn.std(ddof=1)))


def _hindsight(outcome: Vector, treated: Vector) -> Vector:
    return np.where(treated == 1, outcome, -outcome)


def _order(score: Vector) -> tuple[Index, Index]:
    """The rows from the highest score down, and where in that order each run of equal scores ends."""
    order = np.argsort(-score, kind="stable")
    return order, np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)


def _curve(order: Index, ends: Index, outcome: Vector, treated: Vector, weight: Vector) -> QiniCurve:
    weight, outcome, treated = weight[order], outcome[order], treated[order]
    made, rows = np.cumsum(weight * treated)[ends], np.cumsum(weight)[ends]
    control = rows - made
    scale = np.divide(made, control, out=np.zeros_like(made), where=control > 0)
    gained = np.cumsum(weight * outcome * treated)[ends] - scale * np.cumsum(weight * outcome * (1 - treated))[ends]
    return QiniCurve(np.append(0.0, rows), np.append(0.0, gained))


def _check(score: Vector, outcome: Vector, treated: Vector) -> None:
    problems = [
        f"{int(np.isnan(values).sum())} of {name} are NaN"
        for name, values in (("scores", score), ("outcomes", outcome))
        if np.isnan(values).any()
    ]
    if set(np.unique(treated)) != {0.0, 1.0}:
        problems.append("treated must hold both 0 and 1, and nothing else")
    if problems:
        raise ValueError("; ".join(problems))
