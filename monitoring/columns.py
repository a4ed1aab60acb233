"""Model inputs as served beside the same inputs as trained, in types that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype

Kind = Literal["number", "category"]
KEYS = frozenset({"customer_id", "as_of"})
NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "boolean"})


@dataclass(frozen=True)
class Pair:
    """One column on both sides: float64 with nan, or text with None, whatever the frames held.

    `unreadable` counts current values of a number column that are not numbers (they read as null). `gone` says that
    no current row has the column.
    """

    name: str
    kind: Kind
    reference: NDArray[np.generic]
    current: NDArray[np.generic]
    unreadable: int = 0
    gone: bool = False

    @property
    def seen_reference(self) -> NDArray[np.generic]:
        """Reference values that are not null."""
        return self.reference[~pd.isna(self.reference)]

    @property
    def seen_current(self) -> NDArray[np.generic]:
        """Current values that are not null."""
        return self.current[~pd.isna(self.current)]


def pairs(reference: pd.DataFrame, current: pd.DataFrame) -> tuple[Pair, ...]:
    """Every column of the reference but its keys, with its kind as trained; extra current columns are ignored."""
    return tuple(_pair(str(name), reference[name], current) for name in reference.columns if name not in KEYS)


def _pair(name: str, reference: pd.Series, current: pd.DataFrame) -> Pair:
    gone = name not in current.columns
    served = pd.Series(np.nan, index=current.index, dtype=float) if gone else current[name]
    if _kind(reference) == "category":
        return Pair(name, "category", _texts(reference), _texts(served), gone=gone and len(current) > 0)
    values = _numbers(served)
    unreadable = int((np.isnan(values) & served.notna().to_numpy()).sum())
    return Pair(name, "number", _numbers(reference), values, unreadable, gone and len(current) > 0)


def _kind(column: pd.Series) -> Kind:
    if is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype):
        return "number"
    return "number" if infer_dtype(column, skipna=True) in NUMBERS else "category"


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    """Float64, nan for nulls, infinities and what is not a number; digits in a text are none, as the model has it."""
    if is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = np.array([float(v) if isinstance(v, Real) else np.nan for v in column], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _texts(column: pd.Series) -> NDArray[np.object_]:
    values = column.astype(object)
    return np.array([None if null else str(v) for v, null in zip(values, values.isna(), strict=True)], dtype=object)
