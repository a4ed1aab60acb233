"""A log of decisions as off-policy evaluation reads it, and the policies that may be judged on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.estimates import Index, Matrix, Vector

TOLERANCE = 1e-6  # how far probabilities may be from a sum of 1


@dataclass(frozen=True)
class Log:
    """n rows of what was done and what came of it.

    `actions` names K actions, nothing among them; `chosen` (n,) is the position of the one made, `reward` (n,) what it
    brought, `propensity` (n,) the probability with which it was chosen, None where none were logged. `group` (n,)
    numbers the customers from 0. `expected` (n, K) is the reward that models expect of each action, made without the
    row's customer. `possible` (n, K) says which actions could have been chosen; without it, all that ever were.
    Raises ValueError with every problem at once.
    """

    actions: tuple[str, ...]
    chosen: Index
    reward: Vector
    propensity: Vector | None
    group: Index
    expected: Matrix | None = None
    possible: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if problems := [*_shapes(self)] or [*_contents(self)]:
            raise ValueError("; ".join(problems))

    def __len__(self) -> int:
        return len(self.chosen)

    def of_made(self, matrix: Matrix) -> Vector:
        """The entries (n,) of a matrix (n, K) at the action made in each row."""
        entries: Vector = matrix[np.arange(len(self)), self.chosen]
        return entries

    def weights(self, policy: Matrix) -> Vector:
        """Policy / propensity (n,) of what was made. Raises ValueError where no propensities were logged."""
        if self.propensity is None:
            raise ValueError("the log holds no propensities")
        return self.of_made(policy) / self.propensity

    def check(self, policy: Matrix | None) -> None:
        """Raise ValueError, with every problem at once, where `policy` is not a probability of each action per row."""
        if policy is None:
            return
        if policy.shape != (len(self), len(self.actions)):
            raise ValueError(f"policy has shape {policy.shape}; {(len(self), len(self.actions))} is allowed")
        sums = policy.sum(axis=1)
        problems = [
            *_count("probabilities of the policy", policy, ~((policy >= 0) & (policy <= 1)), "0 to 1 is allowed"),
            *_count("rows of the policy", sums, ~(np.abs(sums - 1) <= TOLERANCE), "a sum of 1 is allowed"),
        ]
        if problems:
            raise ValueError("; ".join(problems))


def _shapes(log: Log) -> list[str]:
    rows, cells = (len(log.chosen),), (len(log.chosen), len(log.actions))
    expected: list[tuple[str, NDArray[np.generic] | None, tuple[int, ...]]] = [
        ("reward", log.reward, rows),
        ("propensity", log.propensity, rows),
        ("group", log.group, rows),
        ("expected", log.expected, cells),
        ("possible", log.possible, cells),
    ]
    wrong = [
        f"{name} has shape {given.shape}; {shape} is allowed"
        for name, given, shape in expected
        if given is not None and given.shape != shape
    ]
    return wrong if rows[0] else ["the log has no rows", *wrong]


def _contents(log: Log) -> list[str]:
    known = (log.chosen >= 0) & (log.chosen < len(log.actions))
    problems = _count("chosen actions", log.chosen, ~known, f"0 to {len(log.actions) - 1} is allowed")
    problems += _count("rewards", log.reward, ~np.isfinite(log.reward), "finite numbers are allowed")
    if log.propensity is not None:
        p = log.propensity
        problems += _count("propensities", p, ~((p > 0) & (p <= 1)), "above 0 and up to 1 is allowed")
    if log.expected is not None:
        problems += _count("expected rewards", log.expected, ~np.isfinite(log.expected), "finite numbers are allowed")
    if log.possible is not None and known.all():
        never = ~log.possible[np.arange(len(log)), log.chosen]
        problems += _count("chosen actions", log.chosen, never, "only what was possible can have been chosen")
    return problems


def _count(what: str, values: NDArray[np.generic], wrong: NDArray[np.bool_], allowed: str) -> list[str]:
    if not wrong.any():
        return []
    return [f"{int(wrong.sum())} of {wrong.size} {what} are wrong, the first is {values[wrong].item(0)}: {allowed}"]
