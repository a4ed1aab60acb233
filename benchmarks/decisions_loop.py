"""The closed loop of 26 weeks and 20 offers under a budget: Tenure by its real path, simpler policies and the oracle.

Each seed is a process of its own; two at once. That takes an hour and a half; with `--keep FOLDER` a seed once lived is
not lived again. Nothing was chosen on these seeds: what a contact must promise at least (`pipelines.loop.run.WORTH`)
was, on a market of another seed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import tempfile
import time
from pathlib import Path

from benchmarks.results import FILE, record
from configs.telemetry import prepare_process
from configs.workspace import replacing
from pipelines.loop.run import NOTHING, OURS, Lived, Loop, Looped, judged, one_seed

COMMAND = "make benchmark-decisions"
SEEDS = (0, 1, 2, 3, 4)
CUSTOMERS = 12_000


def work(asked: tuple[Loop, int, Path | None]) -> list[Lived]:
    """What one seed came to: read where it is kept, or lived now, in a folder that goes afterwards."""
    loop, seed, keep = asked
    kept = keep / f"{loop.customers}_{loop.history_weeks}_{loop.weeks}_{seed}.json" if keep else None
    if kept and kept.exists():
        return [Lived.of(one) for one in json.loads(kept.read_text())]
    prepare_process()
    with tempfile.TemporaryDirectory() as folder:
        lived = one_seed(loop, seed, Path(folder), lambda said: print(said, flush=True))
    if kept:
        with replacing(kept) as path:
            path.write_text(json.dumps([one.plain() for one in lived]))
    return lived


def said(found: Looped, minutes: float) -> tuple[str, str]:
    """How the figures came about: (regret, lead)."""
    loop, by_name = found.loop, {one.policy: one for one in found.summaries}
    shares = ", ".join(
        f"{one.policy} {one.share:.3f} (gain {one.gain:.2f}, retention {one.retention:.3f}, spent {one.spent:,.0f})"
        for one in found.summaries
    )
    ours, idle = by_name[OURS], by_name[NOTHING]
    regret = (
        f"{len(SEEDS)} markets of {loop.customers:,} customers, {loop.history_weeks} weeks of history with a random "
        f"campaign every eighth, then 26 at {loop.budget:,.0f} a week, one contact in four weeks; each week ingest, "
        "features and a campaign, models of offers learned at the beginning and after 13 weeks; profit is all margin "
        f"less offers and contacts, weeks 13 to 26, as shares of the oracle's: {shares}; gain: of what it earns "
        f"more than nothing ({idle.share:.3f}); share of tenure {ours.share_low:.3f} to {ours.share_high:.3f}; "
        f"{minutes:.0f} minutes"
    )
    lead = (
        f"lead over {found.best_other}, the best of the others: {found.lead:.3f} ({found.lead_low:.3f} to "
        f"{found.lead_high:.3f}, 90% over seeds)"
    )
    return regret, lead


def main() -> None:
    """Live, judge and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FILE)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a folder where lived seeds stay, to be read by the same code only")
    asked = parser.parse_args()
    budget, begun = Loop.budget / Loop.customers * asked.customers, time.perf_counter()
    loop = Loop(customers=asked.customers, budget=budget, seeds=SEEDS)
    with mp.get_context("spawn").Pool(asked.processes, maxtasksperchild=1) as pool:
        parts = pool.map(work, [(loop, seed, asked.keep) for seed in SEEDS], chunksize=1)
    found = judged(loop, [one for part in parts for one in part])
    notes = said(found, (time.perf_counter() - begun) / 60)
    figures = (
        ("decisions.sim_regret", found.regret, "<= .15"),
        ("decisions.sim_lead_low", found.lead_low, ">= .02"),
    )
    for (figure, value, reach), note in zip(figures, notes, strict=True):
        record(figure, round(value, 4), reach=reach, note=note, command=COMMAND, path=asked.results)
        print(f"{figure} {value:.4f}: {note}")


if __name__ == "__main__":
    main()
