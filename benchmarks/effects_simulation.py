"""How long the simulated market takes: 100,000 customers, 52 weeks, every table and the truth written."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.results import FILE, record
from pipelines import simulate

CUSTOMERS = 100_000


def main() -> None:
    """Simulate once and keep the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--results", type=Path, default=FILE)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        (written,) = simulate.run(Path(folder), customers=asked.customers).written
        seconds = time.perf_counter() - begun
    rows = sum(written.rows.values())
    note = (
        f"{asked.customers:,} customers, 52 weeks, randomised log: {rows:,} rows in {len(written.rows)} Parquet files"
    )
    record(
        "effects.sim_seconds",
        round(seconds, 1),
        reach="<= 60",
        note=note,
        command="make benchmark-effects",
        path=asked.results,
    )
    print(f"effects.sim_seconds {seconds:.1f}: {note}")


if __name__ == "__main__":
    main()
