"""What serving asks of a model, and the holder through which a new champion is swapped in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from features.vectors import Value


class Model(Protocol):
    """A calibrated probability or an amount per row. May be called from several threads at once."""

    @property
    def name(self) -> str:
        """The registered name, e.g. tenure-churn."""
        ...

    @property
    def version(self) -> str:
        """The registered version."""
        ...

    def predict(self, rows: Sequence[Mapping[str, Value]]) -> NDArray[np.float64]:
        """One number per row; a feature that a row lacks counts as null. Raises StoreUnavailable."""
        ...

    def contributions(self, row: Mapping[str, Value]) -> list[tuple[str, float]]:
        """(feature, contribution in log-odds) of one row, largest absolute contribution first."""
        ...


class ChurnModel(Model, Protocol):
    """A model of p_churn, with the bounds of its risk bands."""

    @property
    def risk_thresholds(self) -> tuple[float, float]:
        """(from medium, from high): p_churn below the first is low, at or above the second high."""
        ...


@dataclass(frozen=True, slots=True)
class Champions:
    """The models in use at one instant; None where one is away."""

    churn: ChurnModel | None = None
    value: Model | None = None
    response: Model | None = None

    @property
    def present(self) -> list[Model]:
        """The models there are, in the order churn, value, response."""
        return [model for model in (self.churn, self.value, self.response) if model]


class Models:
    """Holds the champions. A request takes `current` once and works with it to its end; a swap is one assignment."""

    def __init__(self, current: Champions) -> None:
        self.current = current
