"""The terms of all targets of an effects artefact, grouped so that a matrix is asked as few times as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from configs.effects import Target, Term
from serving.booster import THREADS, side_by_side

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
ALONE = -1  # no column: what the booster says stands as it is


@dataclass(frozen=True)
class Products:
    """What linear terms multiply columns by: `factors` is columns of z x products, `into` is products x terms."""

    columns: NDArray[np.intp]
    factors: Matrix
    into: Matrix

    def __call__(self, z: Matrix) -> Matrix:
        """What they add to the margins: rows x terms."""
        return (z[:, self.columns] * (z @ self.factors)) @ self.into


@dataclass(frozen=True)
class LinearTerms:
    """Linear terms of one link: a product of z gives them all. `weights` are terms x targets."""

    coefficients: Matrix
    intercepts: Vector
    products: Products | None
    weights: Matrix
    logit: bool

    def __call__(self, z: Matrix) -> Matrix:
        """What they add to the scores: rows x targets."""
        margins = z @ self.coefficients + self.intercepts
        if self.products is not None:
            margins += self.products(z)
        return (_probability(margins) if self.logit else margins) @ self.weights


@dataclass(frozen=True)
class TreeTerms:
    """Boosters asked with the same last column `treated` (None: without one). `weights` are terms x targets.

    What each says is multiplied by its column of `times`, where that is not ALONE.
    """

    forest: lgb.Booster
    treated: int | None
    times: NDArray[np.intp]
    logit: NDArray[np.bool_]
    weights: Matrix
    for_trees: NDArray[np.intp]

    def __call__(self, z: Matrix) -> Matrix:
        """What they add to the scores: rows x targets."""
        seen = z[:, self.for_trees]
        if self.treated is not None:
            seen = np.column_stack([seen, np.full(len(z), float(self.treated))])
        raw = self.forest.predict(np.ascontiguousarray(seen), raw_score=True, num_threads=THREADS)
        margins = np.asarray(raw).reshape(len(z), -1)
        if (self.times != ALONE).any():
            margins = margins * np.where(self.times == ALONE, 1.0, z[:, self.times])
        return np.where(self.logit, _probability(margins), margins) @ self.weights


@dataclass(frozen=True)
class Scorer:
    """Scores of every target at once: the sum of its terms, averaged over its members."""

    groups: tuple[LinearTerms | TreeTerms, ...]
    targets: int

    def __call__(self, z: Matrix) -> Matrix:
        """Rows x targets for rows x columns of z."""
        return sum((group(z) for group in self.groups), np.zeros((len(z), self.targets)))


def scorer(targets: Sequence[Target], boosters: Mapping[str, lgb.Booster], for_trees: NDArray[np.intp]) -> Scorer:
    """The scorer of an artefact's targets, in their order; `boosters` are by file name, `for_trees` what they see."""
    placed = [(at, term) for at, target in enumerate(targets) for term in target.terms]
    members = [len({term.member for term in target.terms}) for target in targets]

    def weights(chosen: Sequence[tuple[int, Term]]) -> Matrix:
        found = np.zeros((len(chosen), len(targets)))
        for row, (at, term) in enumerate(chosen):
            found[row, at] = term.weight / members[at]
        return found

    linear = [
        _linear([term for _, term in chosen], weights(chosen), logit=link == "logit")
        for link in ("identity", "logit")
        if (chosen := [(at, term) for at, term in placed if term.linear and term.link == link])
    ]
    trees = [
        _trees([term for _, term in chosen], weights(chosen), boosters, for_trees)
        for treated in (None, 0, 1)
        if (chosen := [(at, term) for at, term in placed if term.booster and term.treated == treated])
    ]
    return Scorer((*linear, *trees), len(targets))


def _linear(terms: Sequence[Term], weights: Matrix, *, logit: bool) -> LinearTerms:
    linear = [term.linear for term in terms if term.linear]
    return LinearTerms(
        np.array([one.coefficients for one in linear]).T,
        np.array([one.intercept for one in linear]),
        _products(terms),
        weights,
        logit,
    )


def _trees(
    terms: Sequence[Term], weights: Matrix, boosters: Mapping[str, lgb.Booster], for_trees: NDArray[np.intp]
) -> TreeTerms:
    forest = side_by_side([boosters[term.booster] for term in terms if term.booster])
    logit = np.array([term.link == "logit" for term in terms])
    times = np.array([ALONE if term.times is None else term.times for term in terms], np.intp)
    return TreeTerms(forest, terms[0].treated, times, logit, weights, for_trees)


def _products(terms: Sequence[Term]) -> Products | None:
    crossed = [(at, one) for at, term in enumerate(terms) for one in term.crossed]
    if not crossed:
        return None
    into = np.zeros((len(crossed), len(terms)))
    into[np.arange(len(crossed)), [at for at, _ in crossed]] = 1.0
    columns = np.array([one.column for _, one in crossed], np.intp)
    return Products(columns, np.array([one.coefficients for _, one in crossed]).T, into)


def _probability(margins: Matrix) -> Matrix:
    return 1.0 / (1.0 + np.exp(-margins))
