"""Whether 90% intervals of lift between arms hold the truth in 90 of 100 worlds: `python -m benchmarks.decisions_lift`.

The truth is of the population that customers are drawn from: the mean of what POPULATION others are bound to have under
each arm's rule. For the customers of one world alone the intervals would be too wide (Neyman 1923).
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

import pandas as pd

from benchmarks.lift_worlds import LEVEL, OUTCOMES, SHARES, Hit, true_means, world
from benchmarks.results import FILE, record
from configs.telemetry import prepare_process

WORLDS, CUSTOMERS = 200, 7_000
POPULATION, BLOCK = 400_000, 50_000
POPULATION_SEED = 2_000_000  # no world's
COMMAND = "make benchmark-decisions"
REACH = "in 0.87 to 0.93"
FIGURE = "decisions.coverage_lift"


def main() -> None:
    """Record the coverage of the intervals as `tenure lift` shows them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--results", type=Path, default=FILE)
    asked.add_argument("--worlds", type=int, default=WORLDS)
    asked.add_argument("--processes", type=int, default=2)
    given = asked.parse_args()
    prepare_process()
    began = perf_counter()
    hits = measure(given.worlds, given.processes)
    shares = ", ".join(f"{arm} {share:g}" for arm, share in SHARES.items())
    conditions = (
        f"{given.worlds} worlds of {CUSTOMERS:,} customers, of whom some three in five can be reached and take part "
        f"({shares}), one action each by their arm's rule, then eight weeks; "
        f"{perf_counter() - began:.0f} s on {given.processes} process(es)"
    )
    share = round(float(covered(hits).share["adjusted"]), 4)
    record(FIGURE, share, reach=REACH, command=COMMAND, note=f"{note(hits)}. {conditions}", path=given.results)


def measure(worlds: int, processes: int) -> list[Hit]:
    """Every interval of the worlds 0 to `worlds` - 1."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        blocks = range(POPULATION_SEED, POPULATION_SEED + POPULATION // BLOCK)
        values = averaged(pool.map(partial(true_means, BLOCK), blocks))
        found = pool.map(partial(world, customers=CUSTOMERS, values=values), range(worlds), chunksize=5)
        return [hit for hits in found for hit in hits]


def averaged(blocks: Iterable[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The arms' true means over blocks of one size, by outcome."""
    found = list(blocks)
    return {name: pd.DataFrame([block[name] for block in found]).mean().to_dict() for name in OUTCOMES}


def covered(hits: Iterable[Hit]) -> pd.DataFrame:
    """By figure: the share of intervals that held their truth, its standard error, and in how many worlds all did.

    Intervals of one world share its noise, so that a world is one witness.
    """
    table = pd.DataFrame(hits)
    by_world = table.groupby(["figure", "world"]).held.mean().groupby("figure")
    found = pd.DataFrame({"share": by_world.mean(), "error": by_world.sem(), "worlds": by_world.size()})
    every = table.groupby(["figure", "outcome", "world"]).held.all().groupby("figure").mean()
    return found.assign(all_held=every, intervals=table.groupby("figure").size())


def by_case(hits: Iterable[Hit], figure: str, case: str) -> str:
    """The coverage by `case`, a field of Hit, in words."""
    table = pd.DataFrame(hits)
    shares = table[table.figure == figure].groupby(case, sort=False).held.mean()
    return ", ".join(f"{name} {share:.3f}" for name, share in shares.items())


def narrowed(hits: Iterable[Hit]) -> str:
    """By outcome, how much narrower intervals are for what is known from before."""
    table = pd.DataFrame(hits)
    errors = table.groupby(["outcome", "figure"], sort=False).error.mean()
    return ", ".join(f"{name} {1 - errors[name, 'adjusted'] / errors[name, 'plain']:.0%}" for name in OUTCOMES)


def note(hits: Sequence[Hit]) -> str:
    """What to know beside the coverage."""
    table = covered(hits)
    share, error, together = table.share, table.error, table.all_held
    return (
        f"differences between arms at {LEVEL:.0%}, with the margin of the eight weeks before as covariate, against the "
        f"true difference among {POPULATION:,} other customers: {by_case(hits, 'adjusted', 'outcome')}; "
        f"{by_case(hits, 'adjusted', 'pair')}; standard error {error['adjusted']:.3f}, "
        f"{table.intervals['adjusted']:,} intervals. Without covariate {share['plain']:.3f} "
        f"({by_case(hits, 'plain', 'outcome')}), the covariate narrows intervals by: {narrowed(hits)}. Relative lift "
        f"{share['adjusted relative']:.3f}, without covariate {share['plain relative']:.3f}. Simultaneous intervals "
        f"all held in {together['adjusted together']:.3f}, without covariate {together['plain together']:.3f}"
    )


if __name__ == "__main__":
    main()
