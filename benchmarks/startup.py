"""How long `tenure --help` takes."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from benchmarks.results import record
from benchmarks.servers import ROOT
from benchmarks.timing import seconds

RUNS = 5
COMMAND = [sys.executable, "-m", "pipelines.cli", "--help"]


def measure() -> None:
    """Record the median of some runs."""
    _help()
    taken = [seconds(_help) for _ in range(RUNS)]
    record(
        "loop.help_seconds",
        round(median(taken), 3),
        reach="<= 0.7",
        note=f"median of {RUNS} runs after one that warms the disk cache; slowest {max(taken):.2f} s",
    )


def _help() -> None:
    subprocess.run(COMMAND, cwd=ROOT, check=True, capture_output=True)
