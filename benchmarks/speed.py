"""`python -m benchmarks.speed [--only ID]`: measures every figure of speed and keeps it in results.json."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from time import perf_counter

from benchmarks import render
from configs.telemetry import prepare_process

# figure -> the module that measures it; libraries are imported once telemetry is off
MEASURES = {
    "loop.help_seconds": "startup",
    "loop.features_ratio": "aggregates",
    "loop.pit_ratio": "point_in_time",
    "loop.score_p50_ratio": "latency",
    "loop.decide_p50_ratio": "latency",
    "loop.decide_p99_ratio": "latency",
    "loop.batch_ratio": "batch",
}


def main() -> None:
    """Measure what was asked for, then write RESULTS.md."""
    prepare_process()
    warnings.simplefilter("ignore")  # libraries' deprecations, on every line of a long run
    for name in modules(_asked()):
        began = perf_counter()
        measure: Callable[[], None] = import_module(f"benchmarks.{name}").measure
        measure()
        print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    render.main()


def modules(figure: str | None) -> tuple[str, ...]:
    """The modules that measure `figure`, or all of them, each once."""
    return tuple(dict.fromkeys(MEASURES[name] for name in ([figure] if figure else MEASURES)))


def _asked() -> str | None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--only", choices=MEASURES, metavar="ID", help=f"one of {', '.join(MEASURES)}")
    asked: str | None = parser.parse_args().only
    return asked


if __name__ == "__main__":
    main()
