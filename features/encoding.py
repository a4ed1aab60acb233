"""Features as a matrix: the one place where a null, an unseen category and a number get their meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.artefact import Column, Source
from features.vectors import Value

Matrix = NDArray[np.float64]
CLIP = 5.0  # standard deviations: a wild value cannot carry a linear score away


def from_frame(sources: Sequence[Source], frame: pd.DataFrame) -> Matrix:
    """`from_table` of a pandas frame that has the sources as columns."""
    names = [source.name for source in sources]
    return from_table(sources, pa.Table.from_pandas(frame[names], preserve_index=False))


def from_table(sources: Sequence[Source], table: pa.Table) -> Matrix:
    """Rows x sources: a number as it is, a category as its code; null and unseen are NaN."""
    matrix = np.empty((table.num_rows, len(sources)), order="F")
    for index, source in enumerate(sources):
        values = table[source.name]
        if source.levels is not None:
            values = pc.index_in(values.cast(pa.string()), value_set=pa.array(source.levels, pa.string()))
        matrix[:, index] = values.cast(pa.float64()).to_numpy()
    return matrix


class RowEncoder:
    """Turns feature mappings into rows of `from_frame`'s matrix, fast enough for one request."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._names = [source.name for source in sources]
        self._codes = [
            (at, {level: float(code) for code, level in enumerate(source.levels)})
            for at, source in enumerate(sources)
            if source.levels is not None
        ]

    def __call__(self, rows: Iterable[Mapping[str, Value]]) -> Matrix:
        """Rows x sources. A feature that is absent, null or of the wrong kind is NaN."""
        return np.array([self._cells(row) for row in rows], np.float64).reshape(-1, len(self._names))

    def _cells(self, row: Mapping[str, Value]) -> list[Value]:
        cells = list(map(row.get, self._names))
        for at, codes in self._codes:
            value = cells[at]
            cells[at] = codes.get(value) if isinstance(value, str) else None
        if str in map(type, cells):  # NumPy would read "3" as a number
            return [None if isinstance(cell, str) else cell for cell in cells]
        return cells


class Encoder:
    """Encodes a matrix of sources into z: imputed, logged, one-hot, standardised, clipped. One row or many."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._source = np.array([column.source for column in columns], np.intp)
        self._value = np.array([column.value for column in columns])
        self._mean = np.array([column.mean for column in columns])
        self._scale = np.array([column.scale for column in columns])
        ops = np.array([column.op for column in columns])
        self._numbers = np.flatnonzero((ops == "number") | (ops == "log"))
        self._logs = np.flatnonzero(ops == "log")
        self._unit = np.array([column.unit for column in columns])[self._logs]
        self._levels = np.flatnonzero(ops == "level")
        self._missing = np.flatnonzero(ops == "missing")

        self.for_trees = np.flatnonzero(ops != "log")  # the columns of z that boosters see

    def __call__(self, matrix: Matrix) -> Matrix:
        """Rows x columns of z for rows x sources."""
        given = matrix[:, self._source]
        z = given.copy()
        numbers = given[:, self._numbers]
        z[:, self._numbers] = np.where(np.isnan(numbers), self._value[self._numbers], numbers)
        z[:, self._logs] = np.log1p(np.maximum(z[:, self._logs], 0.0) / self._unit)
        z[:, self._levels] = given[:, self._levels] == self._value[self._levels]
        z[:, self._missing] = np.isnan(given[:, self._missing])
        z -= self._mean
        z /= self._scale
        return np.clip(z, -CLIP, CLIP, out=z)
