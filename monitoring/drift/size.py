"""How large a drift is where it matters: in scores, in decisions and in expected profit.

Decisions that were made are made again, with the drifted inputs moved back to what they were in training, by the least
change that does it: everything between the two answers is what the drift has done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from monitoring.columns import Pair
from monitoring.intervals import Z95, Floats, Interval

Value = str | float | None
ALONE = 8  # columns: making decisions again is what takes time


@dataclass(frozen=True, slots=True)
class Redecided:
    """A decision made again: the risk, what comes first, and its expected profit in currency (0 for nothing)."""

    p_churn: float | None
    action: str
    profit: float


Redecide = Callable[[Sequence[str], Mapping[str, Sequence[Value]]], Sequence[Redecided]]
"""Stored decisions by id, made again with other values of some columns, one per decision; as they were without any."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a drift of `columns` did to so many decisions, each mean with its 95% interval.

    `score` is the change of p_churn, `moved` the share of decisions that came out otherwise, `profit` the change of the
    expected profit of a decision, in currency; `expected` is that profit now.
    """

    columns: tuple[str, ...]
    decisions: int
    score: Interval
    moved: Interval
    profit: Interval
    expected: float

    @property
    def profit_share(self) -> float:
        """The change of expected profit as a share of what it would be without the drift; nan where that is 0."""
        before = self.expected - self.profit.value
        return self.profit.value / abs(before) if before else float("nan")


def sizes(
    drifted: Sequence[Pair], decision_ids: Sequence[str], redecide: Redecide, rng: np.random.Generator
) -> tuple[Size, ...]:
    """The size of the first ALONE drifted columns, each by itself, largest in profit first, after that of all together.

    `drifted` holds, as its current side, the values of these very decisions, in their order; what moved most comes
    first. Columns whose drift cannot be moved back (no value in training) are left out.
    """
    columns = [column for column in drifted if len(column.seen_reference)]
    if not columns or not decision_ids:
        return ()
    now = redecide(decision_ids, {})
    back = {column.name: moved_back(column, rng) for column in columns}
    alone = [_size((name,), now, redecide(decision_ids, {name: back[name]})) for name in list(back)[:ALONE]]
    alone.sort(key=lambda size: (-abs(size.profit.value), -abs(size.score.value), size.columns))
    if len(columns) == 1:
        return tuple(alone)
    return (_size(tuple(back), now, redecide(decision_ids, back)), *alone)


def moved_back(column: Pair, rng: np.random.Generator) -> list[Value]:
    """The column's current values with the distribution of its reference, moved as little as that takes.

    Numbers go to the value of their own rank, nulls being the lowest; of categories, just so many move as are too many.
    """
    if column.kind == "number":
        return _by_rank(column.reference.astype(np.float64), column.current.astype(np.float64), rng)
    return _by_excess(column.reference, column.current, rng)


def _by_rank(reference: Floats, current: Floats, rng: np.random.Generator) -> list[Value]:
    ordered = np.sort(np.where(np.isnan(reference), -np.inf, reference))
    key = np.where(np.isnan(current), -np.inf, current)
    rank = np.empty(len(key), dtype=np.intp)
    rank[np.lexsort((rng.random(len(key)), key))] = np.arange(len(key))
    there = ordered[((rank + 0.5) / len(key) * len(ordered)).astype(np.intp)]
    return [None if np.isneginf(value) else float(value) for value in there]


def _by_excess(reference: NDArray[np.generic], current: NDArray[np.generic], rng: np.random.Generator) -> list[Value]:
    names: list[Value] = list(dict.fromkeys([*reference.tolist(), *current.tolist()]))
    was, is_ = (_shares(side, names) for side in (reference, current))
    lacking = np.clip(was - is_, 0.0, None)
    leaving = np.divide(np.clip(is_ - was, 0.0, None), is_, out=np.zeros(len(names)), where=is_ > 0)
    place = {name: at for at, name in enumerate(names)}
    moves = rng.random(len(current)) < leaving[[place[name] for name in current.tolist()]]
    if not lacking.sum() > 0:
        return list(current.tolist())
    into = rng.choice(len(names), len(current), p=lacking / lacking.sum())
    return [names[to] if move else name for name, move, to in zip(current.tolist(), moves, into, strict=True)]


def _shares(side: NDArray[np.generic], names: Sequence[Value]) -> Floats:
    counts = Counter(side.tolist())
    return np.array([counts[name] for name in names], dtype=np.float64) / max(len(side), 1)


def _size(columns: tuple[str, ...], now: Sequence[Redecided], before: Sequence[Redecided]) -> Size:
    score = [
        one.p_churn - other.p_churn
        for one, other in zip(now, before, strict=True)
        if one.p_churn is not None and other.p_churn is not None
    ]
    moved = [float(one.action != other.action) for one, other in zip(now, before, strict=True)]
    profit = [one.profit - other.profit for one, other in zip(now, before, strict=True)]
    expected = sum(one.profit for one in now) / len(now)
    return Size(columns, len(now), _mean(score), _mean(moved), _mean(profit), expected)


def _mean(values: Sequence[float]) -> Interval:
    if not values:
        return Interval(float("nan"), float("nan"), float("nan"))
    told = np.array(values)
    half = Z95 * float(told.std(ddof=1)) / sqrt(len(told)) if len(told) > 1 else float("inf")
    return Interval(float(told.mean()), float(told.mean()) - half, float(told.mean()) + half)
