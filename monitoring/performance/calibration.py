"""Calibration: how far predicted risks are from what came, and how far chance alone takes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.monitoring import Monitoring
from monitoring.intervals import Floats

BINS = 10


def equal_count_bins(p: Floats) -> NDArray[np.intp]:
    """Assign each prediction to its bin: ten of equal count, fewer where ties would be torn apart."""
    edges = np.unique(np.quantile(p, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, p, side="left")


def expected_calibration_error(p: Floats, y: Floats, bins: NDArray[np.intp]) -> float:
    """Mean over rows of |observed - predicted| of the row's bin."""
    return float(np.abs(np.bincount(bins, y - p)).sum() / len(p))


def ece_by_chance(
    p: Floats, customers: NDArray[np.intp], bins: NDArray[np.intp], settings: Monitoring, rng: np.random.Generator
) -> float:
    """Find the 1 - alpha quantile of the calibration error of a perfect model on these rows.

    Labels are redrawn from the predictions, one draw per customer for all of its rows, which errs on the wide side.
    Source: Broecker and Smith 2007, consistency resampling.
    """
    draws = (rng.random(int(customers.max()) + 1) for _ in range(settings.resamples))
    errors = [expected_calibration_error(p, (draw[customers] < p).astype(np.float64), bins) for draw in draws]
    return float(np.quantile(errors, 1 - settings.alpha))
