"""Chooses the encoded columns of a training frame; `features.encoding` applies them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.artefact import Column, Source

Vector = NDArray[np.float64]
SAME = 0.9995  # columns that correlate beyond this are one column
CONSTANT = 1e-9
LOG_UNIT = 0.3  # log(1 + x / unit) bends at this share of the median positive value, and at 1 for counts


def fit_sources(frame: pd.DataFrame, features: Sequence[str]) -> tuple[Source, ...]:
    """Each feature as a source, empty ones left out; a category's levels are ordered by frequency, then name."""
    present = [name for name in features if frame[name].notna().any()]
    return tuple(
        Source(name=name)
        if pd.api.types.is_numeric_dtype(frame[name])
        else Source(name=name, levels=_levels(frame[name]))
        for name in present
    )


def fit_columns(sources: Sequence[Source], matrix: NDArray[np.float64], min_level_rows: int) -> tuple[Column, ...]:
    """The columns of z for sources, standardised.

    A number gives itself, and its logarithm where it is never negative; a category gives one column per common level;
    either gives its absence where that is common. Constant columns and repetitions of an earlier one are left out.
    """
    kept: list[Vector] = []
    columns: list[Column] = []
    for index, source in enumerate(sources):
        for column, given in _candidates(index, source, matrix[:, index], min_level_rows):
            mean, scale = float(given.mean()), float(given.std())
            if scale < CONSTANT:
                continue
            z = (given - mean) / scale
            if any(abs(float(z @ other)) > SAME * len(z) for other in kept):
                continue
            kept.append(z)
            columns.append(column.model_copy(update={"mean": mean, "scale": scale}))
    return tuple(columns)


def _candidates(index: int, source: Source, given: Vector, min_level_rows: int) -> Iterator[tuple[Column, Vector]]:
    """Columns yet to be standardised, and their values."""
    missing = np.isnan(given)
    if source.levels is not None:
        for code in range(len(source.levels)):
            held = (given == code).astype(np.float64)
            if held.sum() >= min_level_rows:
                yield Column(source=index, op="level", value=code, mean=0, scale=1), held
    else:
        median = float(np.median(given[~missing]))
        filled = np.where(missing, median, given)
        yield Column(source=index, op="number", value=median, mean=0, scale=1), filled
        if filled.min() >= 0 and filled.max() > 0:
            unit = min(1.0, LOG_UNIT * float(np.median(filled[filled > 0])))
            logged = np.log1p(filled / unit)
            yield Column(source=index, op="log", value=median, unit=unit, mean=0, scale=1), logged
    if missing.sum() >= min_level_rows:
        yield Column(source=index, op="missing", mean=0, scale=1), missing.astype(np.float64)


def _levels(values: pd.Series[str]) -> tuple[str, ...]:
    counts = values.value_counts()
    return tuple(sorted((str(level) for level in counts.index), key=lambda level: (-counts[level], level)))
