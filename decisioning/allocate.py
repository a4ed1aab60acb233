"""The way of allocating that a problem's size asks for."""

from __future__ import annotations

from decisioning import allocation_exact, allocation_prices
from decisioning.allocation import Allocation, Problem, Progress

EXACT = 50_000  # customers times actions that HiGHS takes seconds for


def allocate(problem: Problem, progress: Progress = lambda _: None) -> Allocation:
    """The best allocation: exactly for small problems, by prices for large ones. The gap of the answer is told."""
    if problem.value.size <= EXACT:
        progress("allocating exactly")
        return allocation_exact.solve(problem)
    return allocation_prices.solve(problem, progress)
