"""The fallback in a campaign: for whom nothing else is left once everybody has been decided for, within budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.allocation import CHUNK, NOTHING
from decisioning.audience import Audience
from decisioning.budgets import SLACK
from decisioning.menu import Menu

Vector = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Fallback:
    """Who gets the fallback at position `at` of the menu, NOTHING where there is none.

    `alone` (n,) says to whom no other offer may be made, `given` (m,) are those who get it. `share` of those who asked
    for it could be given it, drawn at random, and `left` is what is still unused of budgets.
    """

    at: int
    alone: Flags
    given: Index
    share: float
    left: Mapping[str, float]

    def in_place(self, choice: Index, first: Index, certain: Vector) -> Vector:
        """The chance (n,) of `choice` by a rule that puts `first`, `certain` but where it leaves the fallback only."""
        if self.at == NOTHING:
            return certain
        drawn = np.where(choice == self.at, self.share, np.where(choice == NOTHING, 1.0 - self.share, 0.0))
        return np.where(self.alone & (first == NOTHING), drawn, certain)


def stand_in(
    audience: Audience, menu: Menu, unserved: Index, left: Mapping[str, float], rng: np.random.Generator
) -> Fallback:
    """Give the fallback to those of the customers `unserved` for whom nothing else may be made, while budgets last."""
    if menu.fallback is None:
        return Fallback(NOTHING, np.zeros(len(audience), dtype=bool), unserved[:0], 1.0, left)
    alone = _alone(audience, menu, menu.fallback, left)
    asking = rng.permutation(unserved[alone[unserved]])
    given, unused = asking, dict(left)
    uses = _uses(audience, menu, menu.fallback, asking)
    for row, budget in enumerate(menu.budgets):
        if budget.name in left:
            enough = (np.cumsum(uses[row]) <= left[budget.name]) | (uses[row] == 0)
            given, uses = given[enough], uses[:, enough]
    for row, budget in enumerate(menu.budgets):
        if budget.name in left:
            unused[budget.name] -= float(uses[row].sum())
    return Fallback(menu.fallback, alone, given, len(given) / len(asking) if len(asking) else 1.0, unused)


def _alone(audience: Audience, menu: Menu, fallback: int, left: Mapping[str, float]) -> Flags:
    """Whose (n,) every other action is filtered, as `decisioning.decide` has it, while the fallback is not.

    Filtered is what no stage lets pass, what would drive the customer away, and what needs more than is left.
    """
    found = np.zeros(len(audience), dtype=bool)
    for start in range(0, len(audience), CHUNK):
        rows = slice(start, start + CHUNK)
        stays = audience.possible[rows] & ~audience.disturbs[rows]
        for row, budget in enumerate(menu.budgets):
            if budget.name in left:
                uses = menu.fixed[row] + menu.per_acceptance[row] * audience.p_accept[rows]
                stays &= uses <= max(0.0, left[budget.name]) + SLACK
        found[rows] = stays[:, fallback] & (stays.sum(axis=1) == 1)
    return found


def _uses(audience: Audience, menu: Menu, fallback: int, rows: Index) -> Vector:
    """What the fallback uses of each budget (B, m) for the customers `rows` (m,)."""
    p_accept = audience.p_accept[rows, fallback].astype(np.float64)
    return np.asarray(menu.fixed[:, [fallback]] + menu.per_acceptance[:, [fallback]] * p_accept)
