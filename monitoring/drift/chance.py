"""How far apart two samples of one population land by chance: thresholds with a stated false-alarm rate.

A column has drifted when its distance is larger than chance explains. Chance is measured, not assumed: rows of both
sides are pooled and dealt out again many times (a permutation test), the same deal for every column, so that
correlated columns are judged together. The threshold is that of the maximum over columns (Westfall and Young 1993,
single-step maxT), so that the chance of one or more false alarms in the whole family is at most `alpha`.

Dealing rows knows nothing of weeks that differ from one another although nothing is wrong. Where the reference holds
several windows of time, each is held against the others; by as much as these distances exceed what dealing explains, in
the mean and in their variance, the threshold is moved.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial.distance import jensenshannon
from scipy.special import ndtr, ndtri, stdtrit

from monitoring.columns import Pair

Floats = NDArray[np.float64]
Deals = NDArray[np.bool_]
Blocks = Sequence[NDArray[np.float32]]  # deals as rows x BLOCK, 1 for what is dealt to the current side
HAIR = 1e-9  # a tie with the critical deal is no alarm, however it is rounded
SCALING = 200  # deals that set the scale of each column
SMALLEST_WINDOW, FEWEST_WINDOWS = 50, 4  # rows of a window of the past, and windows, that tell anything
SMALLEST_CRITICAL = 1.0
MOST_LEVELS, GROUPS, TAIL = 5_000, 2_000, 1_000  # different numbers of a column that are all told apart
BLOCK = 64  # deals at a time
SMALLEST_SPREAD = 0.001  # Evidently's floor under the reference's standard deviation


@dataclass(frozen=True)
class Unrest:
    """What time adds to the distances of chance, by column: to their mean and variance, from so many windows."""

    mean: Floats
    variance: Floats
    windows: NDArray[np.intp]

    def doubt(self, spreads: float) -> Floats:
        """By how much the variance is to be enlarged, as it is known from few windows, for one window more.

        So that the tail beyond so many `spreads` is as small as it would be were the variance known: Student's.
        """
        found: Floats = (1 + 1 / self.windows) * (stdtrit(self.windows - 1, ndtr(spreads)) / spreads) ** 2
        return found


def thresholds(
    columns: Sequence[Pair],
    *,
    alpha: float,
    permutations: int,
    rng: np.random.Generator,
    windows: NDArray[np.intp] | None = None,
) -> dict[str, float]:
    """Per column the distance that must be reached to call it drift. Columns must have both sides of equal lengths.

    `windows` numbers the window of time of each reference row.
    """
    if not columns:
        return {}
    deals = _deal(len(columns[0].reference), len(columns[0].current), SCALING + permutations, rng)
    by_chance = _apart(columns, deals)
    limits = family_thresholds(by_chance[:SCALING], by_chance[SCALING:], alpha, between(columns, windows, rng))
    return dict(zip((column.name for column in columns), limits.tolist(), strict=True))


def family_thresholds(scaling: Floats, by_chance: Floats, alpha: float, unrest: Unrest | None = None) -> Floats:
    """Per column (of deals x columns matrices) the threshold that all columns together cross at rate `alpha`.

    Other deals set each column's centre and spread than those that set the critical value: the truth and the latter
    then stand alike to the scale, and the rate is exact with any number of deals.
    """
    centre, spread = scaling.mean(axis=0), scaling.std(axis=0)
    spread[spread == 0] = 1.0
    worst = np.sort(((by_chance - centre) / spread).max(axis=1))[::-1]
    critical = worst[int(alpha * (len(worst) + 1) + HAIR) - 1]
    if unrest is not None:
        rarest = ndtri(1 - alpha / len(centre))  # no tail need be rarer; `critical` is that of the most skewed column
        doubt = unrest.doubt(float(np.clip(critical, SMALLEST_CRITICAL, rarest)))
        centre, spread = centre + unrest.mean, np.sqrt(spread**2 + unrest.variance * doubt)
    limits: Floats = centre + (critical + HAIR) * spread
    return limits


def between(columns: Sequence[Pair], windows: NDArray[np.intp] | None, rng: np.random.Generator) -> Unrest | None:
    """By how much windows of the past differ more than chance explains; None where they are too few to tell.

    Windows in which a column was not there say nothing of it; one that too few have is taken to be as chance is.
    """
    if windows is None:
        return None
    sizes = np.bincount(windows)
    told = np.flatnonzero(sizes >= SMALLEST_WINDOW)
    if len(told) < FEWEST_WINDOWS:
        return None
    rows, size = len(windows), min(int(sizes[told].min()), len(columns[0].current))
    past = np.zeros((len(told), rows), dtype=bool)
    for deal, window in zip(past, told, strict=True):
        deal[rng.choice(np.flatnonzero(windows == window), size, replace=False)] = True
    alone = [replace(column, current=column.current[:0]) for column in columns]
    seen, chance = (
        np.ma.masked_invalid(_apart(alone, deals)) for deals in (past, _deal(rows - size, size, SCALING, rng))
    )
    count = seen.count(axis=0)
    mean, variance = seen.mean(axis=0) - chance.mean(axis=0), seen.var(axis=0, ddof=1) - chance.var(axis=0)
    mean, variance = (np.where(count < FEWEST_WINDOWS, 0.0, one.filled(0.0).clip(0)) for one in (mean, variance))
    return Unrest(mean, variance, np.maximum(count, FEWEST_WINDOWS))


def distances(column: Pair, deals: Deals) -> Floats:
    """Measure the column's distance under each deal (deals x pooled rows, True = dealt to the current side).

    As Evidently computes them: Wasserstein distance over the reference's standard deviation for numbers,
    Jensen-Shannon distance (natural logarithm) for categories; nulls are left out.
    """
    return _apart([column], deals)[:, 0]


def _apart(columns: Sequence[Pair], deals: Deals) -> Floats:
    """`distances` of each column (deals x columns)."""
    dealt = [deals[start : start + BLOCK].T.astype(np.float32) for start in range(0, len(deals), BLOCK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the sums are done outside of Python
        return np.column_stack(list(pool.map(lambda column: _distances(column, dealt), columns)))


def _distances(column: Pair, dealt: Blocks) -> Floats:
    """Of each deal; NaN where a side has no value."""
    pooled = np.concatenate([column.reference, column.current])
    with np.errstate(divide="ignore", invalid="ignore"):
        if column.kind == "number":
            return _wasserstein(pooled.astype(np.float64), dealt)
        return _jensen_shannon(pooled, dealt)


def _deal(reference: int, current: int, permutations: int, rng: np.random.Generator) -> Deals:
    labels = np.arange(reference + current) >= reference
    return rng.permuted(np.tile(labels, (permutations, 1)), axis=1)


def _wasserstein(values: Floats, dealt: Blocks) -> Floats:
    seen = ~np.isnan(values)
    x, codes = np.unique(values[seen], return_inverse=True)
    if len(x) > MOST_LEVELS:
        codes = _groups(len(x))[codes]
        x = np.bincount(codes, values[seen]) / np.bincount(codes)
    x -= x[0]
    steps, total = np.diff(x), np.bincount(codes, minlength=len(x))

    def apart(current: Floats) -> Floats:
        reference = total - current
        of_current, of_reference = (side.sum(axis=1, keepdims=True) for side in (current, reference))
        gap = np.abs(current.cumsum(axis=1) / of_current - reference.cumsum(axis=1) / of_reference)
        mean, square = (reference @ powers / of_reference[:, 0] for powers in (x, x * x))
        spread = np.sqrt(np.clip(square - mean**2, 0, None))
        return np.asarray(gap[:, :-1] @ steps / np.fmax(spread, SMALLEST_SPREAD))

    return _by_block(codes, seen, dealt, apart)


def _groups(levels: int) -> NDArray[np.intp]:
    """The group of each of many ordered values: of the outermost TAIL each its own, GROUPS of as many between."""
    place = np.arange(levels)
    between = levels - 2 * TAIL
    inner = np.clip((place - TAIL) * GROUPS // between, 0, GROUPS - 1) + TAIL
    return np.where(place < TAIL, place, np.where(place < levels - TAIL, inner, place - between + GROUPS))


def _jensen_shannon(values: NDArray[np.generic], dealt: Blocks) -> Floats:
    seen = np.array([value is not None for value in values])
    levels, codes = np.unique(values[seen].astype(str), return_inverse=True)
    total = np.bincount(codes, minlength=len(levels))

    def apart(current: Floats) -> Floats:
        shares = ((side / side.sum(axis=1, keepdims=True)) for side in (total - current, current))
        return np.asarray(jensenshannon(*shares, axis=1))

    return _by_block(codes, seen, dealt, apart)


def _by_block(
    codes: NDArray[np.intp], seen: NDArray[np.bool_], dealt: Blocks, apart: Callable[[Floats], Floats]
) -> Floats:
    """`apart` of how many rows of each level are dealt to the current side (deals x levels), block by block.

    `codes` are the levels of the rows that are `seen`.
    """
    ones = np.ones(len(codes), np.float32)
    of_level = csr_array((ones, (codes, np.flatnonzero(seen))), shape=(int(codes.max()) + 1, len(seen)))
    return np.concatenate([apart((of_level @ block).T.astype(np.float64)) for block in dealt])
