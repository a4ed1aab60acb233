"""Large allocation problems by shadow prices: time and memory are linear in customers, and the gap is known.

The Lagrangian dual, L(price) = sum of max(0, value - price x use) over customers + price x limit, is convex and bounds
every allocation from above. At its minimum customers choose for themselves what to take at these prices; what that
overruns by is given back, what it leaves is filled. Source: Fisher 1981; Kellerer, Pferschy and Pisinger 2004, 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize

from decisioning.allocation import CHUNK, NOTHING, Allocation, Index, Problem, Progress, Vector, allocation

SAMPLE = 20_000  # customers on whom prices are first found
SAMPLE_ROUNDS, ROUNDS = 200, 60  # evaluations of the dual on them, and on everybody
CLOSE = 0.001  # the gap from which on kinks of the dual are looked for
CUTS, ENOUGH = 60, 1e-4  # evaluations by cutting planes, and the share of the dual that is not worth another
FILLING = 40  # rounds of filling what is left

Flags = NDArray[np.bool_]


def solve(problem: Problem, progress: Progress = lambda _: None) -> Allocation:
    """An allocation that passes no limit, with the gap to the bound. Deterministic."""
    problem = _affordable(problem)
    market = _Market(problem, np.ones(problem.value.shape[1], dtype=bool))
    prices = _prices(market, progress)
    found = _at(market, prices, progress)
    if found.gap <= CLOSE:
        return found
    other = _at(market, _by_cuts(market, prices, progress), progress)
    return min(found, other, key=lambda one: one.gap)


def _at(market: _Market, prices: Vector, progress: Progress) -> Allocation:
    """What customers choose at `prices`, brought within the limits."""
    progress("choosing at the prices found")
    choice, adjusted, bound, _ = market.at(prices)
    choice = _given_back(market.problem, choice, adjusted)
    progress("filling what is left")
    choice = _filled(market, choice, prices)
    return allocation(market.problem, choice, bound=bound, prices=prices, how="prices")


def _affordable(problem: Problem) -> Problem:
    """The problem without what would use more than all there is of a limit for one customer alone."""
    most = problem.fixed + problem.per_acceptance
    doubtful = np.flatnonzero((most > problem.bounds[:, None]).any(axis=0))
    if not len(doubtful):
        return problem
    value = problem.value.copy()
    for action in doubtful.tolist():
        p_accept = problem.p_accept[:, action].astype(np.float64)
        for row, bound in enumerate(problem.bounds):
            uses = problem.fixed[row, action] + problem.per_acceptance[row, action] * p_accept
            value[uses > bound, action] = -np.inf
    return replace(problem, value=value)


@dataclass(frozen=True)
class _Market:
    """Customers who choose for themselves, at any prices, among the actions that are `open` (K,)."""

    problem: Problem
    open: Flags

    def at(self, prices: Vector) -> tuple[Index, Vector, float, Vector]:
        """(choice (n,), its value at the prices (n,), the dual, what is used (B,)) at `prices` (B,)."""
        problem = self.problem
        choice = np.full(len(problem.value), NOTHING, dtype=np.intp)
        adjusted = np.zeros(len(problem.value))
        used, dual = np.zeros(len(prices)), float(prices @ problem.bounds)
        for rows in problem.chunks():
            best, worth = self.best(rows, prices)
            taken = worth > 0
            choice[rows] = np.where(taken, best, NOTHING)
            adjusted[rows] = np.where(taken, worth, 0.0)
            dual += float(worth[taken].sum(dtype=np.float64))
            who = rows.start + np.flatnonzero(taken)
            used += problem.uses(who, best[taken]).sum(axis=1)
        return choice, adjusted, dual, used

    def best(self, rows: slice | Index, prices: Vector, open_to: Flags | None = None) -> tuple[Index, Vector]:
        """(action, value at the prices) of the best open action of each of `rows`; -inf where there is none."""
        allowed = self.open if open_to is None else open_to
        problem, kind = self.problem, self.problem.value.dtype
        fixed = np.where(allowed, prices @ problem.fixed, np.inf).astype(kind)
        worth = problem.value[rows] - fixed
        accepted = (prices @ problem.per_acceptance).astype(kind)
        if accepted.any():
            worth -= accepted * problem.p_accept[rows]
        best = worth.argmax(axis=1)
        return best, worth[np.arange(len(worth)), best].astype(np.float64)


def _prices(market: _Market, progress: Progress) -> Vector:
    """Prices (B,) at the minimum of the dual, found on some customers first."""
    problem = market.problem
    count, prices = len(problem.value), np.zeros(len(problem.limits))
    if not len(prices) or not count:
        return prices
    if count > 2 * SAMPLE:
        progress("finding prices on a sample of customers")
        rows = np.linspace(0, count - 1, SAMPLE).astype(np.intp)
        limits = tuple(replace(limit, limit=limit.limit * SAMPLE / count) for limit in problem.limits)
        sample = Problem(problem.value[rows], problem.p_accept[rows], limits)
        prices = _minimised(_Market(sample, market.open), prices, SAMPLE_ROUNDS, lambda _: None)
    return _minimised(market, prices, ROUNDS, progress)


def _minimised(market: _Market, start: Vector, rounds: int, progress: Progress) -> Vector:
    """Prices at the minimum of the dual, from `start`."""
    dual = _dual(market, progress)
    if dual is None:
        return np.zeros(len(start))
    options = {"maxiter": rounds, "maxfun": rounds, "ftol": 1e-9, "gtol": 1e-4}
    within = [(0.0, None)] * len(dual.unit)
    found = minimize(dual, dual.scaled(start), jac=True, method="L-BFGS-B", bounds=within, options=options)
    return dual.prices(np.asarray(found.x))


def _by_cuts(market: _Market, start: Vector, progress: Progress) -> Vector:
    """Prices at the minimum of the dual by cutting planes, which kinks do not hold up. Source: Kelley 1960.

    In its units the dual is 1 at no prices and no less than the sum of them, so that the minimum lies within 0 to 1.
    """
    dual = _dual(market, progress)
    if dual is None:
        return start
    x, best, lowest, cuts, least = dual.scaled(start), start, np.inf, list[Vector](), list[float]()
    for _ in range(CUTS):
        value, slope = dual(x)
        if value < lowest:
            best, lowest = dual.prices(x), value
        cuts.append(np.append(slope, -1.0))  # value + slope (y - x) <= t, for every y
        least.append(float(slope @ x) - value)
        master = linprog(
            np.append(np.zeros(len(x)), 1.0), np.array(cuts), least, bounds=[(0.0, 1.0)] * len(x) + [(0.0, None)]
        )
        if not master.success or master.fun >= lowest * (1 - ENOUGH):
            break
        x = np.asarray(master.x[:-1])
    return best


@dataclass(frozen=True)
class _Dual:
    """The dual and its slope, of what uses anything at all; in units in which limits are 1, and so is the free value.

    `binding` (B,) are the limits that can have a price, `unit` is a price of 1 of each of them.
    """

    market: _Market
    free: float
    binding: Flags
    progress: Progress

    @property
    def unit(self) -> Vector:
        return self.free / self.market.problem.bounds[self.binding]

    def prices(self, x: Vector) -> Vector:
        """The prices (B,) that x stands for."""
        found = np.zeros(len(self.binding))
        found[self.binding] = x * self.unit
        return found

    def scaled(self, prices: Vector) -> Vector:
        """What `prices` (B,) are in these units."""
        return np.asarray(prices[self.binding] / self.unit)

    def __call__(self, x: Vector) -> tuple[float, Vector]:
        _, _, found, used = self.market.at(self.prices(x))
        self.progress(f"finding prices: at most {found:,.0f} can be earned")
        return found / self.free, 1.0 - used[self.binding] / self.market.problem.bounds[self.binding]


def _dual(market: _Market, progress: Progress) -> _Dual | None:
    """The dual of `market`; None where prices would be of no use."""
    problem = market.problem
    free = market.at(np.zeros(len(problem.bounds)))[2]
    uses = (problem.fixed + problem.per_acceptance > 0).any(axis=1)
    binding = (problem.bounds > 0) & uses  # what uses a limit of nothing is not among the affordable
    return _Dual(market, free, binding, progress) if free > 0 and binding.any() else None


def _given_back(problem: Problem, choice: Index, adjusted: Vector) -> Index:
    """The choice within every limit: of what overruns one, the least worth at the prices is given back."""
    kept = choice.copy()
    for at, bound in enumerate(problem.bounds):
        rows = np.flatnonzero(kept != NOTHING)
        uses = problem.uses(rows, kept[rows])[at]
        if uses.sum() <= bound:
            continue
        own = rows[uses > 0]
        order = own[np.argsort(-adjusted[own], kind="stable")]
        spent = np.cumsum(problem.uses(order, kept[order])[at])
        kept[order[spent > bound]] = NOTHING
    return kept


def _filled(market: _Market, choice: Index, prices: Vector) -> Index:
    """What is left of the limits, given round by round to those whom it is worth most at the prices.

    In each round customers without an action name their best of those still open; as many as fit, in order, get it. A
    limit too small for the next in line closes the actions that would pass it.
    """
    problem, choice, open_to = market.problem, choice.copy(), market.open.copy()
    rows = np.flatnonzero(choice != NOTHING)
    left = problem.bounds - problem.uses(rows, choice[rows]).sum(axis=1)
    waiting = np.flatnonzero(choice == NOTHING)
    for _ in range(FILLING):
        open_to &= (problem.fixed <= left[:, None]).all(axis=0)
        if not len(waiting) or not open_to.any():
            break
        best, worth = _named(market, waiting, prices, open_to)
        real = np.isfinite(worth) & (problem.value[waiting, best] > 0)
        waiting, best, worth = waiting[real], best[real], worth[real]
        order = np.argsort(-worth, kind="stable")
        uses = problem.uses(waiting[order], best[order])
        fits = (np.cumsum(uses, axis=1) <= left[:, None]).all(axis=0)
        count = len(fits) if fits.all() else int(np.argmin(fits))
        given = order[:count]
        choice[waiting[given]] = best[given]
        left = left - uses[:, :count].sum(axis=1)
        if count < len(order):
            open_to[best[order[count]]] = False
        waiting = waiting[np.sort(order[count:])]
    return choice


def _named(market: _Market, waiting: Index, prices: Vector, open_to: Flags) -> tuple[Index, Vector]:
    """The best open action of each customer who waits, a piece at a time."""
    pieces = [market.best(waiting[start : start + CHUNK], prices, open_to) for start in range(0, len(waiting), CHUNK)]
    return np.concatenate([piece[0] for piece in pieces]), np.concatenate([piece[1] for piece in pieces])
