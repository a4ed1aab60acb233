"""What learners of effects see: treated rows beside control rows that were shown the same offers on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Contrast:
    """n rows, each of a customer and an offer on a channel: made to the customer (`treated` 1) or not (0: control).

    `z` holds the encoded columns of customer and offer, `for_trees` those that boosters see. `share` is the probability
    that such a row is a treated one, within 0 and 1; `weight` makes each arm stand for all customers and is 1 where
    everybody had the same chances. `group` numbers the customers: folds keep them whole, errors are clustered by them.
    `fold` is the fold of that customer (`fold_of`): what judges a row has not seen it. A control row may stand for
    several offers and is then repeated, with `weight` divided among the repetitions.
    """

    target: Literal["retention", "margin"]
    z: Matrix
    for_trees: Index
    treated: Vector
    outcome: Vector
    share: Vector
    weight: Vector
    group: Index
    fold: Index

    @property
    def binary(self) -> bool:
        """Whether the outcome is yes or no rather than an amount."""
        return self.target == "retention"

    def take(self, index: Index) -> Contrast:
        """The same contrast on some of its rows."""
        return Contrast(
            self.target,
            self.z[index],
            self.for_trees,
            self.treated[index],
            self.outcome[index],
            self.share[index],
            self.weight[index],
            self.group[index],
            self.fold[index],
        )


def fold_of(customer_ids: pd.Series[str], count: int) -> Index:
    """The fold of each customer, 0 to `count` - 1: by hash, so that it is the same in every run and every frame."""
    hashed = pd.util.hash_pandas_object(customer_ids.astype(str), index=False).to_numpy()
    return (hashed % np.uint64(count)).astype(np.intp)
