"""What learners of effects see: treated rows beside control rows that were shown the same offers on paper."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
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
    several offers and is then repeated, with `weight` divided among the repetitions. `of_action` are the columns of z
    that tell kinds of offer and channels apart, `of_both` those that measure the offer, or customer and action
    together: what is expected without treatment depends on neither. `dose` is the column of both that tells how likely
    the offer is accepted, which effects are roughly in proportion to; None where that is not known.
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
    of_action: Index = field(default_factory=lambda: np.empty(0, np.intp))
    of_both: Index = field(default_factory=lambda: np.empty(0, np.intp))
    dose: int | None = None

    @property
    def binary(self) -> bool:
        """Whether the outcome is yes or no rather than an amount."""
        return self.target == "retention"

    @property
    def folds(self) -> int:
        """How many folds there are."""
        return int(self.fold.max()) + 1

    @property
    def code_untreated(self) -> float:
        """What no treatment is coded as where treatment is centred; treatment is one more."""
        return -float(np.average(self.treated, weights=self.weight))

    @cached_property
    def of_customer(self) -> Index:
        """The columns of z that are of the customer alone."""
        return np.setdiff1d(np.arange(self.z.shape[1]), np.concatenate([self.of_action, self.of_both]))

    def take(self, index: Index) -> Contrast:
        """The same contrast on some of its rows."""
        return replace(
            self,
            z=self.z[index],
            treated=self.treated[index],
            outcome=self.outcome[index],
            share=self.share[index],
            weight=self.weight[index],
            group=self.group[index],
            fold=self.fold[index],
        )


def fold_of(customer_ids: pd.Series[str], count: int) -> Index:
    """The fold of each customer, 0 to `count` - 1: by hash, so that it is the same in every run and every frame."""
    hashed = pd.util.hash_pandas_object(customer_ids.astype(str), index=False).to_numpy()
    return (hashed % np.uint64(count)).astype(np.intp)
