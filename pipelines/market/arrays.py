"""The arrays the market is made of; the first axis is always the customer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]


def logistic(x: Vector) -> Vector:
    """1 / (1 + exp(-x))."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)


def threshold(x: Vector, at: float, width: float) -> Vector:
    """A threshold that is all but sharp: 0 well below `at`, 1 well above it, within a few `width`."""
    return logistic((x - at) / width)
