"""The reference: a panel of the judged rows that later customers are held against."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEED = 0  # the same rows give the same panel


def panel(rows: pd.DataFrame, most: int) -> NDArray[np.intp]:
    """Positions of rows of `rows` (customer_id, as_of): of each customer at most one instant, at most `most` rows.

    To each customer one of all instants is dealt, and the row kept where the customer was there then. So every row is
    as likely as any other, rows are of different customers, and each instant is a random sample of those who were
    there: how instants differ can be told, and nobody counts the more for having been there for short.
    """
    rng = np.random.default_rng(SEED)
    customers, who = np.unique(rows["customer_id"].to_numpy(dtype=str), return_inverse=True)
    instants, when = np.unique(rows["as_of"].to_numpy("datetime64[us]"), return_inverse=True)
    dealt = rng.integers(len(instants), size=len(customers))
    found = np.flatnonzero(dealt[who] == when)
    once = found[np.unique(who[found], return_index=True)[1]]
    return np.sort(rng.permutation(once)[:most])
