"""Who accepts: the part of an effect that few rows show, learned apart, so that learners of effects can lean on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.linalg import solve

from configs.artefact import Column, Linear, Source
from configs.effects import Acceptance
from training.effects.contrast import Index, Matrix, Vector

RIDGE, APART = 10.0, 30.0  # on what all kinds of offers share, and on how a kind, or a channel, departs from it
STEPS = 3  # of Newton's method on all rows; then one for each member
OF_ACTION = ("offers__", "channel")


def of(
    rows: pd.DataFrame, z: Matrix, sources: Sequence[Source], columns: Sequence[Column], folds: int
) -> Acceptance | None:
    """Acceptance of the stacked rows of a problem; it informs no effect where to accept is to stay."""
    told_apart, measured = of_action(sources, columns)
    products = np.setdiff1d(np.arange(len(columns)), np.concatenate([told_apart, measured]))
    made = (rows.treated == 1).to_numpy()
    accepted, stayed = (np.where(made, rows[name].to_numpy(np.float64), np.nan) for name in ("accepted", "retention"))
    found = learn(
        z,
        accepted,
        rows.fold.to_numpy(np.intp),
        folds,
        levels=tuple(told_apart.tolist()),
        products=tuple(products.tolist()),
    )
    same = np.array_equal(accepted, stayed, equal_nan=True)
    return found.model_copy(update={"informs": False}) if found and same else found


def of_action(sources: Sequence[Source], columns: Sequence[Column]) -> tuple[Index, Index]:
    """The columns of z that tell kinds of offer and channels apart, and those that measure the offer."""
    described = [at for at, column in enumerate(columns) if sources[column.source].name.startswith(OF_ACTION)]
    levels = [at for at in described if columns[at].op == "level"]
    return np.array(levels, np.intp), np.setdiff1d(described, levels).astype(np.intp)


def learn(
    z: Matrix,
    accepted: Vector,
    fold: Index,
    folds: int,
    *,
    levels: tuple[int, ...] = (),
    products: tuple[int, ...] = (),
) -> Acceptance | None:
    """Acceptance by member, from the rows where `accepted` (n,) is known, NaN elsewhere.

    None where nobody or everybody accepts, or where a fold would be left with one or the other.
    """
    rows = np.flatnonzero(~np.isnan(accepted))
    z, label, fold = z[rows], accepted[rows], fold[rows]
    taken, count = np.bincount(fold, label, minlength=folds), np.bincount(fold, minlength=folds)
    if len(rows) == 0 or (taken.sum() - taken).min() < 1 or ((count - taken).sum() - (count - taken)).min() < 1:
        return None
    members = _Newton(z, label, fold, folds, levels).members()
    found = Acceptance(members=members, levels=levels, products=products, scale=1.0)
    scale = float(np.sqrt(np.mean(np.square(found.p(z, fold)))))
    return found.model_copy(update={"scale": scale})


class _Newton:
    """Logistic regression whose sums are taken by fold and pattern of levels: every member then costs one solve."""

    def __init__(self, z: Matrix, label: Vector, fold: Index, folds: int, levels: tuple[int, ...]) -> None:
        self._folds, self._columns, self._label = folds, np.column_stack([np.ones(len(z)), z]), label
        self._shared = np.arange(z.shape[1] + 1)
        patterns, pattern = np.unique(z[:, levels] > 0, axis=0, return_inverse=True)
        self._apart = [
            [self._shared[-1] + level * z.shape[1] + self._shared[1:] for level in np.flatnonzero(held)]
            for held in patterns
        ]
        pattern = pattern.ravel()
        self._rows = [
            [np.flatnonzero((fold == at) & (pattern == one)) for one in range(len(patterns))] for at in range(folds)
        ]
        departs = np.full(len(levels) * z.shape[1], APART)
        self._penalty = np.diag(np.r_[0.0, np.full(z.shape[1], RIDGE), departs])

    def members(self) -> tuple[Linear, ...]:
        """On all rows first; then each member's last step without its fold."""
        beta = np.zeros(len(self._penalty))
        for _ in range(STEPS):
            grams, moments = self._systems(beta)
            beta = solve(grams.sum(0) + self._penalty, moments.sum(0), assume_a="pos")
        grams, moments = self._systems(beta)
        left_out = zip(grams.sum(0) - grams + self._penalty, moments.sum(0) - moments, strict=True)
        each = [solve(gram, moment, assume_a="pos") for gram, moment in left_out]
        return tuple(Linear(intercept=float(one[0]), coefficients=tuple(one[1:].tolist())) for one in each)

    def _systems(self, beta: Vector) -> tuple[Matrix, Matrix]:
        """Of the linearised regression at `beta`, by fold: (folds, q, q) and (folds, q)."""
        size = len(self._penalty)
        grams, moments = np.zeros((self._folds, size, size)), np.zeros((self._folds, size))
        for at, by_pattern in enumerate(self._rows):
            for rows, apart in zip(by_pattern, self._apart, strict=True):
                gram, moment = self._sums(rows, apart, beta)
                parts = [(self._shared, 0), *((own, 1) for own in apart)]  # only what is shared has an intercept
                for own, first in parts:
                    moments[at][own] += moment[first:]
                    for other, second in parts:
                        grams[at][np.ix_(own, other)] += gram[first:, second:]
        return grams, moments

    def _sums(self, rows: Index, apart: Sequence[Index], beta: Vector) -> tuple[Matrix, Vector]:
        """Of `rows`, whose coefficients depart from the shared ones by those at `apart`."""
        columns = self._columns[rows]
        margins = columns @ beta[self._shared] + sum((columns[:, 1:] @ beta[own] for own in apart), np.zeros(len(rows)))
        p = 1 / (1 + np.exp(-margins))
        slope = np.maximum(p * (1 - p), 1e-6)
        return (columns * slope[:, None]).T @ columns, (slope * margins + self._label[rows] - p) @ columns
