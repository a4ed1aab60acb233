"""What the company has on record of each customer, week by week: the past that features may be made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.market.arrays import Vector
from pipelines.market.catalogue import NOTHING
from pipelines.market.engine import Week

COUNTED = (
    "purchases",
    "discounted",
    "billed",
    "amount",
    "app",
    "web",
    "opens",
    "clicks",
    "accepted",
    "unsubscribed",
    "complained",
    "score",
)


@dataclass(frozen=True, slots=True)
class History:
    """Per quantity a matrix (customers, weeks so far), filled from Week; `contacts` counts offers made."""

    weeks: int
    purchases: Vector
    discounted: Vector
    billed: Vector
    amount: Vector
    app: Vector
    web: Vector
    opens: Vector
    clicks: Vector
    accepted: Vector
    unsubscribed: Vector
    complained: Vector
    score: Vector
    contacts: Vector

    def total(self, name: str, weeks: int) -> Vector:
        """The sum of a quantity over the last `weeks`."""
        matrix: Vector = getattr(self, name)
        return np.asarray(matrix[:, max(0, self.weeks - weeks) :].sum(axis=1), dtype=np.float64)

    def weeks_since(self, name: str) -> Vector:
        """Weeks since the quantity was last above 0, 1 for the week before; NaN where it never was."""
        matrix: Vector = getattr(self, name)
        if not self.weeks:
            return np.full(len(matrix), np.nan)
        ago = np.argmax(matrix[:, ::-1] > 0, axis=1) + 1.0
        return np.where((matrix > 0).any(axis=1), ago, np.nan)

    def last_score(self) -> Vector:
        """The last answer given; NaN where there was none."""
        if not self.weeks:
            return np.full(len(self.score), np.nan)
        back = self.score[:, ::-1]
        return np.asarray(back[np.arange(len(back)), np.argmax(~np.isnan(back), axis=1)], dtype=np.float64)


def history(weeks: Sequence[Week], customers: int) -> History:
    """The records of `weeks`, in order."""

    def matrix(columns: Sequence[Vector]) -> Vector:
        return np.stack(columns, axis=1) if len(columns) else np.zeros((customers, 0))

    counted = {name: matrix([getattr(week, name).astype(np.float64) for week in weeks]) for name in COUNTED}
    contacts = matrix([(week.action != NOTHING).astype(np.float64) for week in weeks])
    return History(weeks=len(weeks), contacts=contacts, **counted)
