"""What is at stake where records hold a price and no margin: the price of the horizon, by rule rather than by model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.dataset import Dataset
from features.vectors import Value

PRICE = "subscription__price"
MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True)
class PriceModel:
    """Implements `serving.models.Model`: a monthly price times the months of the horizon times the margin rate."""

    horizon_days: int
    margin_rate: float
    name: str = "subscription-price"
    version: str = "rule"

    def predict(self, rows: Sequence[Mapping[str, Value]]) -> NDArray[np.float64]:
        """The margin of the horizon per row; 0 for a customer without a subscription."""
        prices = [row.get(PRICE) for row in rows]
        known = [price if isinstance(price, float) else 0.0 for price in prices]
        return np.array(known) * self._per_price

    def predict_table(self, table: pa.Table) -> NDArray[np.float64]:
        """The margin of the horizon per row of an Arrow table with the price as a column."""
        prices: NDArray[np.float64] = table[PRICE].to_numpy()
        return np.nan_to_num(prices) * self._per_price

    @property
    def _per_price(self) -> float:
        return self.horizon_days / MONTH_DAYS * self.margin_rate

    def contributions(self, row: Mapping[str, Value]) -> list[tuple[str, float]]:  # noqa: ARG002 the protocol's shape
        """None: a rule has nothing to explain beyond itself."""
        return []


def price_model(dataset: Dataset) -> PriceModel | None:
    """The rule of a dataset that takes value from the subscription's price; None where value is learned."""
    if dataset.value.kind != "subscription_price":
        return None
    return PriceModel(dataset.churn.horizon_days, dataset.value.margin_rate)
