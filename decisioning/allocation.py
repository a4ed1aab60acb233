"""Allocation: who gets which action where budgets do not reach for everybody.

Each of n customers gets one of K actions or nothing, so that the value is greatest and no limit is passed: a
multiple-choice knapsack problem with several constraints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.floating]
Index = NDArray[np.intp]
CHUNK = 50_000  # customers at once: temporaries stay small however many there are
NOTHING = -1


@dataclass(frozen=True)
class Limit:
    """At most `limit` >= 0 is used in all; action k for customer i uses fixed[k] + per_acceptance[k] x p_accept[i, k].

    `fixed` and `per_acceptance` (K,) are >= 0, and 0 where the limit does not cover the action.
    """

    name: str
    limit: float
    fixed: Vector
    per_acceptance: Vector


@dataclass(frozen=True)
class Problem:
    """`value` (n, K) is in currency, -inf where an action may not be made; `p_accept` (n, K) is within 0 to 1.

    Raises ValueError naming every problem at once.
    """

    value: Matrix
    p_accept: Matrix
    limits: tuple[Limit, ...]

    def __post_init__(self) -> None:
        if problems := _problems(self):
            raise ValueError(f"no problem of allocation: {'; '.join(problems)}")

    @property
    def fixed(self) -> Vector:
        """What contacts use (B, K)."""
        return np.array([limit.fixed for limit in self.limits]).reshape(len(self.limits), self.value.shape[1])

    @property
    def per_acceptance(self) -> Vector:
        """What acceptances use (B, K)."""
        return np.array([one.per_acceptance for one in self.limits]).reshape(len(self.limits), self.value.shape[1])

    @property
    def bounds(self) -> Vector:
        """The limits (B,)."""
        return np.array([limit.limit for limit in self.limits], dtype=np.float64)

    def chunks(self) -> Sequence[slice]:
        """The customers in pieces."""
        return [slice(start, start + CHUNK) for start in range(0, len(self.value), CHUNK)]

    def uses(self, rows: Index, actions: Index) -> Vector:
        """What `actions` (m,) for the customers `rows` (m,) use of each limit (B, m)."""
        p_accept = self.p_accept[rows, actions].astype(np.float64)
        return np.asarray(self.fixed[:, actions] + self.per_acceptance[:, actions] * p_accept)


@dataclass(frozen=True)
class Allocation:
    """`choice` (n,) is an action or NOTHING; no allocation is worth more than `bound`.

    `used` and `prices`, in currency per unit, are by limit.
    """

    choice: Index
    value: float
    bound: float
    used: Mapping[str, float]
    prices: Mapping[str, float]
    how: str

    @property
    def gap(self) -> float:
        """How far from the best the value may be, as a share of the bound; 0 where nothing can be earned."""
        return max(0.0, self.bound - self.value) / self.bound if self.bound > 0 else 0.0


Progress = Callable[[str], None]


def allocation(problem: Problem, choice: Index, *, bound: float, prices: Vector, how: str) -> Allocation:
    """What a choice comes to. Raises AssertionError where it passes a limit: that must not be."""
    rows = np.flatnonzero(choice != NOTHING)
    used = problem.uses(rows, choice[rows]).sum(axis=1)
    if (over := used > problem.bounds * (1 + 1e-12) + 1e-9).any():
        names = [limit.name for limit, passed in zip(problem.limits, over, strict=True) if passed]
        raise AssertionError(f"the allocation passes {', '.join(names)}")
    value = float(problem.value[rows, choice[rows]].astype(np.float64).sum())
    names = [limit.name for limit in problem.limits]
    return Allocation(
        choice=choice,
        value=value,
        bound=max(bound, value),
        used=dict(zip(names, used.tolist(), strict=True)),
        prices=dict(zip(names, prices.tolist(), strict=True)),
        how=how,
    )


def _problems(problem: Problem) -> list[str]:
    shape, found = problem.value.shape, list[str]()
    if len(shape) != 2 or problem.p_accept.shape != shape:
        return [f"value is {shape}, p_accept {problem.p_accept.shape}; the same (customers, actions) is allowed"]
    for rows in problem.chunks():
        value, p_accept = problem.value[rows], problem.p_accept[rows]
        if np.isnan(value).any() or (value == np.inf).any():
            found.append("value holds NaN or +inf; numbers and -inf are allowed")
        if not ((p_accept >= 0) & (p_accept <= 1)).all():
            found.append("p_accept is outside 0 to 1")
    for limit in problem.limits:
        if not 0 <= limit.limit < np.inf:
            found.append(f"limit {limit.name} is {limit.limit}; 0 or more, and finite, is allowed")
        for name in ("fixed", "per_acceptance"):
            uses = getattr(limit, name)
            if uses.shape != shape[1:] or not (uses >= 0).all():
                found.append(f"{name} of {limit.name} must be {shape[1]} numbers, none below 0")
    names = [limit.name for limit in problem.limits]
    found += [f"limit {name} is given twice" for name in sorted({name for name in names if names.count(name) > 1})]
    return list(dict.fromkeys(found))
