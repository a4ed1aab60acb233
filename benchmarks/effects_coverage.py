"""Whether 90% intervals hold the truth in 90 of 100 simulated worlds: `python -m benchmarks.effects_coverage`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from time import perf_counter

import pandas as pd

from benchmarks.coverage_policies import policies
from benchmarks.coverage_worlds import REFUSED, SETTINGS, Hit, expected_profit, world
from benchmarks.results import record
from configs.telemetry import prepare_process
from pipelines.market import wave

WORLDS, CUSTOMERS = 200, 4_000
POPULATION, BLOCK = 400_000, 50_000  # customers whose truth the policies' values are the mean of
POPULATION_SEED = 1_000_000  # no world's
COMMAND = "make benchmark-effects"
REACH = "in 0.87 to 0.93"


def main() -> None:
    """Record the coverage of the deciles' uplift and of the policies' values by DR."""
    prepare_process()
    began = perf_counter()
    hits = measure(WORLDS)
    table = covered(hits)
    conditions = (
        f"{WORLDS} worlds of {CUSTOMERS:,} customers, one campaign each, every action at random; learners on "
        f"{SETTINGS.folds} folds, {SETTINGS.max_rounds} rounds; {perf_counter() - began:.0f} s on two processes"
    )
    for figure, held, note in (
        ("effects.coverage_uplift", "deciles", uplift_note(hits)),
        ("effects.coverage_ope", "dr", value_note(hits)),
    ):
        share = round(float(table.share[held]), 4)
        record(figure, share, reach=REACH, command=COMMAND, note=f"{note}. {conditions}")


def measure(worlds: int) -> list[Hit]:
    """Every interval of the worlds 0 to `worlds` - 1."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        values = true_values(pool.map(block, range(POPULATION_SEED, POPULATION_SEED + POPULATION // BLOCK)))
        work = partial(world, customers=CUSTOMERS, values=values)
        return [hit for found in pool.map(work, range(worlds)) for hit in found]


def block(seed: int) -> dict[str, float]:
    """The true profit per customer of every policy, among BLOCK customers of one seed."""
    made = wave(BLOCK, seed)
    true = expected_profit(made.truth)
    return {name: float((policy * true).sum(axis=1).mean()) for name, policy in policies(made.frame).items()}


def true_values(blocks: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The policies' values over all blocks, which are of one size."""
    return pd.DataFrame(list(blocks)).mean().to_dict()


def covered(hits: Iterable[Hit]) -> pd.DataFrame:
    """By figure: the share of intervals that held their truth, its standard error by world, and how many they were.

    Intervals of one world share its noise, so that a world is one witness.
    """
    table = pd.DataFrame(hits)
    by_world = table.groupby(["figure", "world"]).held.mean().groupby("figure")
    found = pd.DataFrame({"share": by_world.mean(), "error": by_world.sem(), "worlds": by_world.size()})
    return found.assign(intervals=table.groupby("figure").size())


def by_case(hits: Iterable[Hit], figure: str) -> str:
    """The coverage of each target or policy, in words."""
    table = pd.DataFrame(hits)
    shares = table[table.figure == figure].groupby("case", sort=False).held.mean()
    return ", ".join(f"{case} {share:.3f}" for case, share in shares.items())


def uplift_note(hits: Sequence[Hit]) -> str:
    """What to know beside the coverage of the deciles' uplift."""
    table = covered(hits)
    return (
        "average uplift by decile of the held-out score against the mean true effect of the decile's rows: "
        f"{by_case(hits, 'deciles')}; standard error {table.error['deciles']:.3f}. The interval that is served "
        f"(Belief), averaged over the decile, holds it in {table.share['served']:.3f} ({by_case(hits, 'served')})"
    )


def value_note(hits: Sequence[Hit]) -> str:
    """What to know beside the coverage of the policies' values."""
    table = covered(hits)
    refused = table.intervals.get(REFUSED, 0) / 3
    return (
        f"value per customer of policies fixed beforehand, by DR, against their truth among {POPULATION:,} others: "
        f"{by_case(hits, 'dr')}; standard error {table.error['dr']:.3f}. IPS {table.share['ips']:.3f} "
        f"({by_case(hits, 'ips')}); SNIPS {table.share['snips']:.3f} ({by_case(hits, 'snips')}); "
        f"{refused:.0f} answers refused"
    )


if __name__ == "__main__":
    main()
