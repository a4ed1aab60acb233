"""How far allocations under budgets may be from the best: 2,000 customers exactly, 1,000,000 by shadow prices."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.decisions_instances import audience, menu
from benchmarks.results import FILE, record
from decisioning import allocation_exact, allocation_prices
from decisioning.allocation import NOTHING, Limit, Problem
from decisioning.arbitration import weigh

COMMAND = "make benchmark-decisions"
OFFERS, SEEDS = 20, range(5)


def problem(customers: int, seed: int) -> Problem:
    """Everybody before every offer, as a campaign poses it."""
    made, asked = menu(customers, OFFERS, seed), audience(customers, OFFERS, seed)
    net = weigh(made, asked.p_accept, asked.effect_value, "margin").net_value
    value = np.where(asked.possible & ~asked.disturbs, net, -np.inf).astype(np.float32)
    limits = tuple(
        Limit(budget.name, budget.limit, made.fixed[row], made.per_acceptance[row])
        for row, budget in enumerate(made.budgets)
    )
    return Problem(value, asked.p_accept, limits)


def by_worth(given: Problem) -> float:
    """What a planner without prices earns: everybody's best, the most valuable first, until a limit is reached."""
    best = given.value.argmax(axis=1)
    worth = given.value[np.arange(len(best)), best].astype(np.float64)
    order = np.argsort(-worth, kind="stable")
    order = order[worth[order] > 0]
    spent, value = np.zeros(len(given.limits)), 0.0
    uses = given.uses(order, best[order])
    for at, row in enumerate(order.tolist()):
        if (spent + uses[:, at] <= given.bounds).all():
            spent += uses[:, at]
            value += worth[row]
    return value


def main() -> None:
    """Solve and keep the gaps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FILE)
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    gaps, seconds, shares = [], [], []
    for seed in SEEDS:
        given = problem(2000, seed)
        begun = time.perf_counter()
        found = allocation_exact.solve(given)
        seconds.append(time.perf_counter() - begun)
        gaps.append(found.gap)
        shares.append((by_worth(given) / found.value, allocation_prices.solve(given).value / found.value))
    note = (
        f"worst of {len(gaps)} instances of 2,000 customers x {OFFERS} offers under 8 limits, HiGHS, "
        f"{np.median(seconds):.1f} s each; by worth alone, without prices, "
        f"{np.mean([one for one, _ in shares]):.3f} of that is earned, by prices "
        f"{np.mean([two for _, two in shares]):.4f}"
    )
    record("decisions.budget_gap_exact", max(gaps), reach="<= .005", note=note, command=COMMAND, path=asked.results)
    print(f"decisions.budget_gap_exact {max(gaps):.2g}: {note}")
    given = problem(asked.customers, 7)
    begun = time.perf_counter()
    large = allocation_prices.solve(given)
    took = time.perf_counter() - begun
    binding = sum(large.used[one.name] > 0.999 * one.limit for one in given.limits)
    note = (
        f"{asked.customers:,} customers x {OFFERS} offers under 8 limits of which {binding} bind, {took:.1f} s; "
        f"{(large.choice != NOTHING).mean():.1%} are contacted; by worth alone "
        f"{by_worth(given) / large.value:.3f} of it"
    )
    record("decisions.budget_gap_dual", large.gap, reach="<= .005", note=note, command=COMMAND, path=asked.results)
    print(f"decisions.budget_gap_dual {large.gap:.2g}: {note}")


if __name__ == "__main__":
    main()
