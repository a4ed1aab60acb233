"""How often an undrifted column alarms at a stated 5%, and whether a shift is caught: `benchmarks.reports_alarms`.

Thresholds are those that `tenure monitor` draws; distances are Evidently's, as `monitoring.drift.chance` computes them
for every deal (a test holds the two equal). Reference and window are drawn anew in every run.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import FILE, record
from configs.monitoring import Monitoring
from configs.telemetry import prepare_process
from monitoring.columns import Pair
from monitoring.drift.chance import distances, thresholds

COMMAND = "make benchmark-reports"
REFERENCE, WINDOWS, RUNS = 10_000, (200, 1_000, 10_000), 400
ALPHA, SHIFT, SHIFTED_ROWS, FAMILY = 0.05, 0.2, 1_000, 40
Draw = Callable[[np.random.Generator, int], NDArray[np.generic]]


def levels(count: int, rng: np.random.Generator, rows: int) -> NDArray[np.generic]:
    """Categories whose shares fall as 1, 1/2, 1/3, ..., as plans and regions do."""
    shares = 1 / np.arange(1, count + 1)
    return rng.choice(count, rows, p=shares / shares.sum()).astype(str).astype(object)


KINDS: Mapping[str, Draw] = {
    "normal": lambda rng, rows: rng.normal(size=rows),
    "heavy-tailed": lambda rng, rows: rng.standard_t(2, size=rows),
    "20 levels": partial(levels, 20),
    "100 levels": partial(levels, 100),
}


def pair(kind: str, rng: np.random.Generator, rows: int) -> Pair:
    """A column of REFERENCE rows and of `rows` rows now, drawn alike."""
    reference, current = KINDS[kind](rng, REFERENCE), KINDS[kind](rng, rows)
    return Pair(kind, "category" if "levels" in kind else "number", reference, current)


def apart(column: Pair) -> float:
    """The distance of its two sides."""
    now = np.arange(len(column.reference) + len(column.current)) >= len(column.reference)
    return float(distances(column, now[None, :])[0])


def alarmed(cell: tuple[str, int], run: int) -> bool:
    """Whether one undrifted column alarms."""
    kind, rows = cell
    rng = np.random.default_rng([run, rows, list(KINDS).index(kind)])
    column = pair(kind, rng, rows)
    (limit,) = thresholds([column], alpha=ALPHA, permutations=Monitoring().permutations, rng=rng).values()
    return apart(column) >= limit


def caught(run: int) -> bool:
    """Whether one normal column of FAMILY that moved by SHIFT alarms, at thresholds for all of them together."""
    rng = np.random.default_rng([run, FAMILY])
    columns = [pair("normal", rng, SHIFTED_ROWS) for _ in range(FAMILY)]
    columns = [Pair(str(at), one.kind, one.reference, one.current) for at, one in enumerate(columns)]
    moved = columns[0].current.astype(np.float64) + SHIFT
    columns[0] = Pair("0", "number", columns[0].reference, moved)
    settings = Monitoring()
    limits = thresholds(columns, alpha=ALPHA, permutations=settings.permutations, rng=rng)
    return apart(columns[0]) >= max(limits["0"], settings.smallest_shift)


def main() -> None:
    """Record the rates."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--results", type=Path, default=FILE)
    asked.add_argument("--runs", type=int, default=RUNS)
    asked.add_argument("--processes", type=int, default=2)
    given = asked.parse_args()
    prepare_process()
    began, runs = perf_counter(), range(given.runs)
    with ProcessPoolExecutor(given.processes, multiprocessing.get_context("spawn")) as pool:
        rates = {
            cell: float(np.mean(list(pool.map(partial(alarmed, cell), runs, chunksize=10))))
            for cell in product(KINDS, WINDOWS)
        }
        power = float(np.mean(list(pool.map(caught, range(given.runs // 4), chunksize=5))))
    told = "; ".join(f"{kind}, {rows:,} rows: {rate:.3f}" for (kind, rows), rate in rates.items())
    note = (
        f"{given.runs} runs a cell, {REFERENCE:,} reference rows, both sides drawn anew: {told}; "
        f"{perf_counter() - began:.0f} s on {given.processes} processes"
    )
    values = list(rates.values())
    figures = (
        ("false_alarm_min", min(values), ">= .02", note),
        ("false_alarm_max", max(values), "<= .08", note),
        ("false_alarm_mean", float(np.mean(values)), "in .04 to .06", note),
        ("power_shift", power, ">= .9", f"one of {FAMILY} columns moved, family-wise 5%; {given.runs // 4} runs"),
    )
    for name, value, reach, said in figures:
        record(f"reports.{name}", round(value, 4), reach=reach, note=said, command=COMMAND, path=given.results)
        print(f"reports.{name} {value:.4f}: {said}", flush=True)


if __name__ == "__main__":
    main()
