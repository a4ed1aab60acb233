"""The closed loop of 26 weeks and 20 offers under a budget: Tenure by its real path, simpler policies and the oracle.

Each seed is a process of its own; two at once. Nothing was chosen on these seeds: what a contact must promise at least
(`pipelines.loop.run.WORTH`) was, on a market of another seed.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import tempfile
import time
from pathlib import Path

from benchmarks.results import FILE, record
from configs.telemetry import prepare_process
from pipelines.loop.run import NOTHING, OURS, Lived, Loop, judged, one_seed

COMMAND = "make benchmark-decisions"
SEEDS = (0, 1, 2, 3, 4)
CUSTOMERS = 12_000


def work(asked: tuple[Loop, int]) -> list[Lived]:
    """One seed, in a folder that goes afterwards."""
    prepare_process()
    with tempfile.TemporaryDirectory() as folder:
        return one_seed(*asked, Path(folder), lambda said: print(said, flush=True))


def main() -> None:
    """Live, judge and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FILE)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    budget, begun = Loop.budget / Loop.customers * asked.customers, time.perf_counter()
    loop = Loop(customers=asked.customers, budget=budget, seeds=SEEDS)
    with mp.get_context("spawn").Pool(asked.processes, maxtasksperchild=1) as pool:
        parts = pool.map(work, [(loop, seed) for seed in SEEDS], chunksize=1)
    found = judged(loop, [one for part in parts for one in part])
    by_name = {one.policy: one for one in found.summaries}
    shares = ", ".join(
        f"{one.policy} {one.share:.3f} (gain {one.gain:.2f}, retention {one.retention:.3f}, spent {one.spent:,.0f})"
        for one in found.summaries
    )
    ours, idle = by_name[OURS], by_name[NOTHING]
    note = (
        f"{len(SEEDS)} markets of {loop.customers:,} customers, {loop.history_weeks} weeks of history with a random "
        f"campaign every eighth, then 26 at {loop.budget:,.0f} a week, one contact in four weeks; each week ingest, "
        "features and a campaign, models of offers learned at the beginning and after 13 weeks; profit is all margin "
        f"less offers and contacts, weeks 13 to 26, as shares of the oracle's: {shares}; gain: of what it earns "
        f"more than nothing ({idle.share:.3f}); share of tenure {ours.share_low:.3f} to {ours.share_high:.3f}; "
        f"{(time.perf_counter() - begun) / 60:.0f} minutes"
    )
    regret, low = round(found.regret, 4), round(found.lead_low, 4)
    record("decisions.sim_regret", regret, reach="<= .15", note=note, command=COMMAND, path=asked.results)
    lead = (
        f"lead over {found.best_other}, the best of the others: {found.lead:.3f} ({found.lead_low:.3f} to "
        f"{found.lead_high:.3f}, 90% over seeds)"
    )
    record("decisions.sim_lead_low", low, reach=">= .02", note=lead, command=COMMAND, path=asked.results)
    print(f"decisions.sim_regret {found.regret:.4f}: {note}\ndecisions.sim_lead_low {found.lead_low:.4f}: {lead}")


if __name__ == "__main__":
    main()
