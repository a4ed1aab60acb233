"""Splits for choosing: the past teaches, the future judges, and a gap of one label window lies between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, StratifiedKFold

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
    """Temporal folds with a gap where there is history for them; random ones, said so, where there is not."""
    if not problem.temporal:
        stratified = StratifiedKFold(count, shuffle=True, random_state=seed).split(problem.label, problem.label)
        return Split(tuple(Fold(train, valid) for train, valid in stratified), "random: the data has a single snapshot")
    folds = tuple(fold for fold in temporal(problem, count) if _teaches(problem, fold, min_rows))
    if folds:
        return Split(folds, f"temporal, {len(folds)} folds, labels closed before each validation block")
    grouped = GroupKFold(count).split(problem.label, groups=problem.rows["customer_id"])
    return Split(
        tuple(Fold(train, valid) for train, valid in grouped),
        "by customer: the history is too short for a temporal split with a gap",
    )


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


def _teaches(problem: Problem, fold: Fold, min_rows: int) -> bool:
    enough = min(len(fold.train), len(fold.valid)) >= min_rows
    return enough and all(len(np.unique(problem.label[side])) > 1 for side in (fold.train, fold.valid))
