"""Drift of 50,000 customers x 40 columns, as `benchmarks.reports_scale` measures it: in a process of its own."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from configs.monitoring import Monitoring
from configs.telemetry import prepare_process
from monitoring.columns import Pair
from monitoring.drift.drift import find_drift
from monitoring.drift.evidently_page import Evidently

ROWS, COLUMNS, LEVELS = 50_000, 40, 20
NOW = datetime(2024, 7, 1, tzinfo=UTC)


def main() -> None:
    """Hold ROWS against as many of COLUMNS columns, half of them categories, one of them moved."""
    prepare_process()
    rng, settings = np.random.default_rng(0), Monitoring(max_rows=ROWS)
    columns = tuple(_column(rng, number) for number in range(COLUMNS))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        measure = Evidently("scale", NOW, root / "evidently")
        found = find_drift(columns, settings, measure=measure, reports=root / "report", rng=rng)
    if [one.name for one in found.drifted] != ["number_0"]:
        raise SystemExit(f"drifted: {[one.name for one in found.drifted]}, and not number_0 alone")


def _column(rng: np.random.Generator, number: int) -> Pair:
    if number % 2:
        before, now = (rng.integers(0, LEVELS, ROWS).astype(str).astype(object) for _ in range(2))
        return Pair(f"category_{number}", "category", before, now)
    return Pair(f"number_{number}", "number", rng.normal(size=ROWS), rng.normal(0.2 * (number == 0), 1.0, ROWS))


if __name__ == "__main__":
    main()
