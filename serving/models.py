"""What serving asks of a model, and the holder through which a new champion is swapped in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import Effect, Evidence
from decisioning.offers import Offer
from features.vectors import Value

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Interval = tuple[Vector, Vector, Vector]  # an uplift and the ends of its interval, per row


class Named(Protocol):
    """Something registered, in a version."""

    @property
    def name(self) -> str:
        """The registered name, e.g. tenure-churn."""
        ...

    @property
    def version(self) -> str:
        """The registered version."""
        ...


class Model(Named, Protocol):
    """A calibrated probability or an amount per row. May be called from several threads at once."""

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


class EffectsModel(Named, Protocol):
    """Effects of offers on channels, against control. May be called from several threads at once."""

    def effects(self, rows: Sequence[Mapping[str, Value]], offers: Sequence[Offer]) -> list[Effect]:
        """The effect of each offer on what its row describes: the customer, the offer's attributes and `channel`.

        Raises StoreUnavailable.
        """
        ...

    def encode(self, rows: Sequence[Mapping[str, Value]]) -> Matrix:
        """Rows x the model's features; one that a row lacks is NaN."""
        ...

    def measure(self, features: Matrix, tried: bool | NDArray[np.bool_]) -> Mapping[str, Interval]:
        """The uplifts of each target for encoded rows, whatever the evidence; `tried` where the offer was made.

        Raises StoreUnavailable.
        """
        ...

    def grade(self, offer: Offer, channel: Value) -> Evidence:
        """How well the effect of an offer on a channel is known."""
        ...

    def why(self, offer: Offer, channel: str) -> str:
        """Why the evidence is what it is, and where it is "none", what data would lift it."""
        ...

    def tried(self, offer: Offer) -> bool:
        """Whether the offer's own effect was measured, rather than read off its attributes."""
        ...


@dataclass(frozen=True, slots=True)
class Champions:
    """The models in use at one instant; None where one is away.

    Without effects a decision ranks by acceptance, and misses nothing; `effects_away` says that there are effects in
    the registry which cannot be had.
    """

    churn: ChurnModel | None = None
    value: Model | None = None
    response: Model | None = None
    effects: EffectsModel | None = None
    effects_away: bool = False

    @property
    def present(self) -> list[Named]:
        """The models there are, in the order churn, value, response, effects."""
        return [model for model in (self.churn, self.value, self.response, self.effects) if model]


class Models:
    """Holds the champions. A request takes `current` once and works with it to its end; a swap is one assignment."""

    def __init__(self, current: Champions) -> None:
        self.current = current
