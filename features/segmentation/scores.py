"""Recency, frequency, money and potential in five steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from features.segmentation.boxes import BEST_SPEND, FREQUENCY, MONETARY, POTENTIAL, RECENCY, Box

STEPS = 5
_HABITS = {RECENCY: "silent_days", FREQUENCY: "purchases", MONETARY: "spend"}


def scores(measured: pd.DataFrame) -> tuple[Box, ...]:
    """Boxes of the scores 1 to 5, 5 the best, by fifths of `measured` (HABITS a column, a customer a row).

    Potential is on the scale of money. Where many customers share a value, a score has nobody. Source: Hughes 1994.
    """
    cuts = {score: _cuts(measured[habit]) for score, habit in _HABITS.items()}
    held = [_steps(score, _HABITS[score], cuts[score]) for score in _HABITS]
    return tuple(box for steps in (*held, _steps(POTENTIAL, BEST_SPEND, cuts[MONETARY])) for box in steps)


def _cuts(values: pd.Series[float]) -> list[float]:
    known = values.dropna().to_numpy(np.float64)
    return np.quantile(known, np.arange(1, STEPS) / STEPS).tolist() if len(known) else []


def _steps(score: str, habit: str, cuts: list[float]) -> Iterator[Box]:
    for step, (above, to) in enumerate(zip([None, *cuts], [*cuts, None], strict=True) if cuts else (), start=1):
        if above is None or to is None or above < to:
            label = STEPS + 1 - step if score == RECENCY else step  # the shorter the silence, the better
            yield Box(score, str(label), {habit: (above, to)})
