"""Learns the effect on one target: the learners of the menu, the choice among them, and what is believed of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from configs.effects import Target, Term
from configs.errors import DataError
from configs.training import EffectTraining
from training.effects.belief import believe
from training.effects.contrast import Contrast, Index, Matrix, Vector
from training.effects.learners import Shared
from training.effects.menu import Tried, choose
from training.effects.nuisance import nuisances

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Learned:
    """The effect on a target, and what held-out customers say of it.

    All vectors are by row of the contrast, from members and boosters that have not seen its customer: `scores` of the
    winner, doubly robust `gains`, and the outcomes expected `untreated` and `treated`. `boosters` are by file name.
    """

    target: Target
    boosters: Mapping[str, lgb.Booster]
    scores: Vector
    gains: Vector
    untreated: Vector
    treated: Vector
    menu: tuple[Tried, ...]


def learn(contrast: Contrast, settings: EffectTraining, progress: Progress = lambda *_: None) -> Learned:
    """The effect that `contrast` shows, by the learner that `choose` finds best; `progress` is told steps done, to do.

    Raises DataError where an arm has too few rows to learn from.
    """
    require_arms(contrast, settings.min_arm_rows)
    known = nuisances(contrast)
    choice = choose(Shared(contrast, settings, known), progress)
    winner = choice.winner
    belief = believe(winner.scores, known.gains, contrast)
    target = Target(
        target=contrast.target, learner=winner.learner, reason=choice.reason, terms=winner.terms, belief=belief
    )
    return Learned(target, winner.boosters, winner.scores, known.gains, known.untreated, known.treated, choice.menu)


def require_arms(contrast: Contrast, least: int) -> None:
    """Raise DataError where treated or untreated rows are too few to learn from, or lack in a fold."""
    for arm, name in ((1, "treated"), (0, "untreated")):
        by_fold = np.bincount(contrast.fold[contrast.treated == arm], minlength=contrast.folds)
        if by_fold.sum() < least or by_fold.min() == 0:
            raise DataError(
                f"effect on {contrast.target}: {by_fold.sum()} {name} rows (by fold {', '.join(map(str, by_fold))}), "
                f"at least {least} are needed, some in every fold; treat more customers, or leave more untreated"
            )


def score(
    target: Target,
    boosters: Mapping[str, lgb.Booster],
    z: Matrix,
    for_trees: Index,
    members: Index | None = None,
) -> Vector:
    """The score of each row of z: by the member that `members` names for it, or by the mean of all of them."""
    count = 1 + max(term.member for term in target.terms)
    if members is None:
        total = sum((_part(term, boosters, z, for_trees) for term in target.terms), np.zeros(len(z)))
        return total / count
    found = np.zeros(len(z))
    for term in target.terms:
        rows = np.flatnonzero(members == term.member)
        if len(rows):
            found[rows] += _part(term, boosters, z[rows], for_trees)
    return found


def _part(term: Term, boosters: Mapping[str, lgb.Booster], z: Matrix, for_trees: Index) -> Vector:
    if term.linear is not None:
        margins = z @ np.asarray(term.linear.coefficients) + term.linear.intercept
        for crossed in term.crossed:
            margins = margins + z[:, crossed.column] * (z @ np.asarray(crossed.coefficients))
    else:
        booster = boosters[term.booster or ""]
        columns = z[:, for_trees]
        if term.treated is not None:
            columns = np.column_stack([columns, np.full(len(z), float(term.treated))])
        margins = np.asarray(booster.predict(columns, raw_score=True))
        if term.times is not None:
            margins = margins * z[:, term.times]
    found: Vector = term.weight * (expit(margins) if term.link == "logit" else margins)
    return found
