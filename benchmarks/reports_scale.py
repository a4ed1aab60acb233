"""The whole report on a million customers, and drift of 50,000 x 40: seconds, memory, and the size of the site.

Each is a process of its own (`benchmarks.reports_wide` the second), as a user starts it; the larger peak and the sum of
seconds are kept. The floor is to read every column of every table once.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks import whole_world, world
from benchmarks.company import ingested, kept, say, train
from benchmarks.reports_wide import COLUMNS, ROWS
from benchmarks.results import FILE, record
from benchmarks.whole_ledger import campaign, decide
from configs.dataset import Snapshots
from configs.telemetry import prepare_process
from configs.workspace import Workspace
from features.compute import compute
from features.segmentation.measure import measure
from features.sources import connect, literal
from features.tables import open_tables
from pipelines import features
from pipelines.score import everybody_at

COMMAND = "make benchmark-reports"
CUSTOMERS, DECISIONS, TAUGHT = 1_000_000, 2_000, 20_000
APART, SNAPSHOTS, CAMPAIGNS_DAYS_AGO = timedelta(days=28), 4, (60, 3)
WATCH = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
DONE = (0, 1)  # exit codes: nothing, or something, needs action


@dataclass(frozen=True)
class Ran:
    """Seconds and megabytes of a process."""

    seconds: float
    peak_mb: float
    code: int


def ran(*command: str) -> Ran:
    """Run a command to its end, from a small process, as what a process held before counts as its child's peak."""
    begun = time.perf_counter()
    python = [sys.executable, "-W", "ignore", *command]
    done = subprocess.run([sys.executable, "-c", WATCH, *python], stdout=subprocess.PIPE, check=True, text=True)
    code, kilobytes = map(int, done.stdout.split()[-2:])
    return Ran(time.perf_counter() - begun, kilobytes / 1024, code)


def build(root: Path, customers: int) -> None:
    """A company of so many customers, with champions that learned from TAUGHT and a ledger.

    Four snapshots; everybody scored at the first, whose outcomes are known, and at the last; a campaign over everybody
    whose horizon has passed and one of this week, beside DECISIONS in real time.
    """
    small = kept(f"whole-{TAUGHT}", lambda place: _learnt(place, TAUGHT))
    dataset = whole_world.generate(root / "records", customers)
    instants = [world.NOW - back * APART for back in range(SNAPSHOTS)][::-1]
    few = Snapshots(every_days=APART.days, first=instants[0])
    session = ingested(dataset.model_copy(update={"snapshots": few}), root / "workspace")
    measure(session.workspace, session.dataset, open_tables(session.workspace), world.NOW)
    for instant in instants:
        say(f"features of {instant:%Y-%m-%d}")
        compute(session.workspace, session.dataset, [instant])
    train(small, session.workspace)
    for instant in (instants[0], instants[-1]):
        say(f"scores of {instant:%Y-%m-%d}")
        everybody_at(session, instant, lambda _: None)
    say("decisions")
    for days in CAMPAIGNS_DAYS_AGO:
        campaign(session, instants[0], world.NOW - timedelta(days=days))
    decide(session, np.random.default_rng(0).choice(customers, DECISIONS, replace=False), instants[-1])


def _learnt(root: Path, customers: int) -> None:
    features.run(ingested(whole_world.generate(root / "records", customers), root / "workspace"))


def floor(workspace: Workspace) -> float:
    """Seconds in which DuckDB reads every column of every table."""
    begun = time.perf_counter()
    with connect() as connection:
        for path in sorted(workspace.tables.glob("*/records.parquet")):
            connection.sql(f"SELECT bit_xor(hash(t)) FROM read_parquet({literal(str(path))}) AS t").fetchall()
    return time.perf_counter() - begun


def main() -> None:
    """Keep the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--results", type=Path, default=FILE)
    asked.add_argument("--customers", type=int, default=CUSTOMERS)
    given = asked.parse_args()
    prepare_process()
    workspace = kept(f"whole-report-{given.customers}", lambda root: build(root, given.customers)).workspace
    read = floor(workspace)
    report = ran("-m", "pipelines.cli", "monitor", "--workspace", str(workspace.root))
    drifting = ran("-m", "benchmarks.reports_wide")
    if report.code not in DONE or drifting.code:
        raise SystemExit(f"`tenure monitor` ended with {report.code}, drift with {drifting.code}")
    pages = [path for path in workspace.report.rglob("*") if path.is_file() and "evidently" not in path.parts]
    site = sum(path.stat().st_size for path in pages) / 2**20
    note = (
        f"`tenure monitor` on {given.customers:,} customers with all ten tables, everybody scored twice and "
        f"decided for by two campaigns, {DECISIONS:,} decisions in real time: "
        f"{report.seconds:.1f} s, {report.peak_mb:,.0f} MB; drift of {ROWS:,} x {COLUMNS}: {drifting.seconds:.1f} s, "
        f"{drifting.peak_mb:,.0f} MB, in a process of its own. Seconds are the sum, megabytes the larger; DuckDB reads "
        f"all records once in {read:.1f} s"
    )
    figures = (
        ("seconds", round(report.seconds + drifting.seconds, 1), "<= 120", round(read, 1)),
        ("peak_mb", round(max(report.peak_mb, drifting.peak_mb)), "<= 4000", None),
        ("site_mb", round(site, 2), "<= 5", None),
    )
    for name, value, reach, least in figures:
        record(f"reports.{name}", value, reach=reach, floor=least, note=note, command=COMMAND, path=given.results)
        print(f"reports.{name} {value:,}: {note}", flush=True)


if __name__ == "__main__":
    main()
