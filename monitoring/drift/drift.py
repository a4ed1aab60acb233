"""Drift: whether the customers decided for now are like those the model learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.columns import Kind, Pair
from monitoring.drift.chance import thresholds
from monitoring.drift.size import Size

SCORE = "p_churn"
METHODS: Mapping[Kind, str] = {"number": "wasserstein", "category": "jensenshannon"}
BINS = 20


class Measure(Protocol):
    """Whoever computes the distances and writes the detailed page; `evidently_page.measure` in production."""

    def __call__(self, columns: Sequence[Pair], limits: Mapping[str, float], page: Path) -> Mapping[str, float]:
        """Return the distance of each column."""
        ...


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One column's distance from the reference.

    `chance` is what the calibrated resampling allows; `threshold` is the larger of it and the smallest shift that
    matters. All three are null, and `skipped` says why, where the column could not be judged. A column that moved
    because its feed is `broken` has not drifted.
    """

    name: str
    method: str
    statistic: float | None
    chance: float | None
    threshold: float | None
    drifted: bool
    skipped: str | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """The risk scores on both sides: shares of customers in bins of equal width, and the means."""

    edges: tuple[float, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]
    reference_mean: float
    current_mean: float


@dataclass(frozen=True)
class DriftResult:
    """Every column's verdict, largest distance over threshold first, skipped ones last. Rows are customers."""

    columns: tuple[ColumnDrift, ...]
    reference_rows: int
    current_rows: int
    alpha: float
    page: str | None  # Evidently's page, relative to the report
    scores: Scores | None
    sizes: tuple[Size, ...] = ()  # of all drifted columns together first, where they are several

    @property
    def checked(self) -> tuple[ColumnDrift, ...]:
        """Columns that could be judged."""
        return tuple(column for column in self.columns if column.skipped is None)

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """Columns that drifted."""
        return tuple(column for column in self.columns if column.drifted)

    @property
    def share(self) -> float:
        """Drifted columns among those checked; 0 when none could be."""
        return len(self.drifted) / len(self.checked) if self.checked else 0.0


def find_drift(
    columns: Sequence[Pair],
    settings: Monitoring,
    *,
    measure: Measure,
    reports: Path,
    rng: np.random.Generator,
    windows: NDArray[np.intp] | None = None,
    broken: frozenset[str] = frozenset(),
) -> DriftResult:
    """Judge each column at a threshold calibrated on these very rows; write the detailed page under `reports`.

    `windows` numbers the window of time of each reference row, where they are several; `broken` names columns whose
    feed is.
    """
    skipped = {column.name: reason for column in columns if (reason := _why_skip(column, settings.min_rows))}
    judged = [column for column in columns if column.name not in skipped]
    chance = thresholds(judged, alpha=settings.alpha, permutations=settings.permutations, rng=rng, windows=windows)
    limits = {name: max(limit, settings.smallest_shift) for name, limit in chance.items()}
    page = "evidently/drift.html" if judged else None
    found = measure(judged, limits, reports / page) if page else {}
    results = [
        replace(one, drifted=one.drifted and one.name not in broken, broken=one.name in broken)
        for one in (_judge(column, found, chance, limits, skipped) for column in columns)
    ]
    return DriftResult(
        columns=tuple(sorted(results, key=_by_size)),
        reference_rows=max((len(column.reference) for column in columns), default=0),
        current_rows=max((len(column.current) for column in columns), default=0),
        alpha=settings.alpha,
        page=page,
        scores=next((_scores(column) for column in judged if column.name == SCORE), None),
    )


def _why_skip(column: Pair, min_rows: int) -> str | None:
    reference, current = len(column.seen_reference), len(column.seen_current)
    if column.gone:
        return "missing from every served vector"
    if reference == 0:
        return "never filled in training"
    if current == 0 and len(column.current) >= min_rows:
        return "null for every customer now"
    if min(reference, current) < min_rows:
        return f"not enough values ({min(reference, current):,}, needs {min_rows:,})"
    if len(set(column.seen_reference) | set(column.seen_current)) == 1:
        return "the same value everywhere"
    return None


def _judge(
    column: Pair,
    found: Mapping[str, float],
    chance: Mapping[str, float],
    limits: Mapping[str, float],
    skipped: Mapping[str, str],
) -> ColumnDrift:
    name, method = column.name, METHODS[column.kind]
    if name in skipped:
        return ColumnDrift(name, method, None, None, None, drifted=False, skipped=skipped[name])
    return ColumnDrift(name, method, found[name], chance[name], limits[name], drifted=found[name] >= limits[name])


def _by_size(column: ColumnDrift) -> tuple[float, str]:
    if column.statistic is None or column.threshold is None:
        return (1.0, column.name)
    return (-column.statistic / column.threshold, column.name)


def _scores(column: Pair) -> Scores:
    sides = [side.astype(np.float64) for side in (column.seen_reference, column.seen_current)]
    edges = np.linspace(0.0, words.round_up(max(side.max() for side in sides)), BINS + 1)
    reference, current = (tuple((np.histogram(side, edges)[0] / len(side)).tolist()) for side in sides)
    return Scores(tuple(edges.tolist()), reference, current, float(sides[0].mean()), float(sides[1].mean()))
