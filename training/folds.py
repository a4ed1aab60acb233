"""Splits for choosing: the past teaches, the future judges, and a gap of one label window lies between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from configs.errors import DataError
from training.problem import Problem

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Fold:
    """Row numbers to learn from and to judge on."""

    train: Index
    valid: Index


@dataclass(frozen=True)
class Split:
    """Folds and how they were made, in words for the report."""

    folds: tuple[Fold, ...]
    how: str


def split(problem: Problem, count: int, seed: int, min_rows: int) -> Split:
    """Temporal folds with a gap where there is history for them; random ones, said so, where there is not.

    Raises DataError where no fold has something to learn from and something to judge.
    """
    if problem.temporal:
        folds = tuple(fold for fold in temporal(problem, count) if _teaches(problem, fold, min_rows))
        if folds:
            return Split(folds, f"temporal, {len(folds)} folds, labels closed before each validation block")
    folds = tuple(fold for fold in _random(problem, count, seed) if _teaches(problem, fold, 1))
    if not folds:
        raise DataError(
            f"{problem.model}: the labels of too few customers differ to learn from some and judge on others"
        )
    short = "by customer: the history is too short for a temporal split with a gap"
    return Split(folds, short if problem.temporal else "random: the data has a single snapshot")


def temporal(problem: Problem, count: int) -> list[Fold]:
    """`count` blocks of instants in the later half of the history; each learns from rows closed when it begins."""
    as_of = problem.rows["as_of"].to_numpy("datetime64[us]")
    closes_at = problem.rows["closes_at"].to_numpy("datetime64[us]")
    instants = np.unique(as_of)
    blocks = np.array_split(instants[len(instants) // 2 :], count)
    return [
        Fold(np.flatnonzero(closes_at <= block[0]), np.flatnonzero((as_of >= block[0]) & (as_of <= block[-1])))
        for block in blocks
        if len(block)
    ]


def _random(problem: Problem, count: int, seed: int) -> Iterator[Fold]:
    """Folds that keep a customer's rows together, with like shares of label 1 where it is yes or no."""
    strata = problem.label if problem.binary else np.zeros(len(problem.rows))
    if problem.temporal:
        pairs = StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(
            strata, strata, groups=problem.rows["customer_id"]
        )
    else:
        pairs = StratifiedKFold(count, shuffle=True, random_state=seed).split(strata, strata)
    return (Fold(train, valid) for train, valid in pairs)


def _teaches(problem: Problem, fold: Fold, min_rows: int) -> bool:
    if min(len(fold.train), len(fold.valid)) < min_rows:
        return False
    return not problem.binary or all(len(np.unique(problem.label[side])) > 1 for side in (fold.train, fold.valid))
