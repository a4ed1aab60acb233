"""Small allocation problems to proven optimality (within a gap), by HiGHS through SciPy."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array

from decisioning.allocation import NOTHING, Allocation, Index, Problem, Vector, allocation

GAP = 0.00005  # of the bound, at which the search ends
SECONDS = 60.0


def solve(problem: Problem) -> Allocation:
    """The best allocation within GAP, unless SECONDS run out before: the gap of the answer says. Deterministic.

    Prices are the duals of the relaxation, in which customers may be split. Raises RuntimeError where HiGHS fails.
    """
    rows, actions = np.nonzero(problem.value > 0)  # what adds nothing is never needed
    if not len(rows):
        return _answer(problem, rows, actions, np.zeros(0), bound=0.0, prices=np.zeros(len(problem.limits)))
    worth = problem.value[rows, actions].astype(np.float64)
    constraints, bounds = _constraints(problem, rows, actions)
    relaxed = linprog(-worth, A_ub=constraints, b_ub=bounds, bounds=(0.0, 1.0), method="highs")
    if relaxed.status != 0:
        raise RuntimeError(f"HiGHS found no relaxation: {relaxed.message}")
    prices = np.maximum(-relaxed.ineqlin.marginals[: len(problem.limits)], 0.0)
    found = milp(
        -worth,
        integrality=np.ones(len(worth)),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(constraints, ub=bounds),
        options={"mip_rel_gap": GAP, "time_limit": SECONDS},
    )
    if found.x is None:
        raise RuntimeError(f"HiGHS found no allocation: {found.message}")
    bound = min(-float(relaxed.fun), -float(found.mip_dual_bound))
    return _answer(problem, rows, actions, found.x, bound=bound, prices=prices)


def _constraints(problem: Problem, rows: Index, actions: Index) -> tuple[csr_array, Vector]:
    """Limits first, then one action at most for each customer, of the columns (rows, actions)."""
    columns, uses = np.arange(len(rows)), problem.uses(rows, actions)
    customers, own = np.unique(rows, return_inverse=True)
    limits = len(problem.limits)
    at = np.nonzero(uses)
    data = np.concatenate([uses[at], np.ones(len(rows))])
    row = np.concatenate([at[0], limits + own])
    column = np.concatenate([at[1], columns])
    matrix = coo_array((data, (row, column)), shape=(limits + len(customers), len(rows)))
    return csr_array(matrix), np.concatenate([problem.bounds, np.ones(len(customers))])


def _answer(
    problem: Problem, rows: Index, actions: Index, taken: Vector, *, bound: float, prices: Vector
) -> Allocation:
    choice = np.full(len(problem.value), NOTHING, dtype=np.intp)
    chosen = taken > 0.5
    choice[rows[chosen]] = actions[chosen]
    kept = _within(problem, choice)
    return allocation(problem, kept, bound=bound, prices=prices, how="exact")


def _within(problem: Problem, choice: Index) -> Index:
    """The choice without what HiGHS's tolerance lets pass a limit by a hair: the least valuable that use it."""
    kept = choice.copy()
    for at, limit in enumerate(problem.limits):
        rows = np.flatnonzero(kept != NOTHING)
        uses = problem.uses(rows, kept[rows])[at]
        order = np.argsort(-problem.value[rows, kept[rows]], kind="stable")
        over = (np.cumsum(uses[order]) > limit.limit) & (uses[order] > 0)
        if uses.sum() > limit.limit:
            kept[rows[order[over]]] = NOTHING
    return kept
