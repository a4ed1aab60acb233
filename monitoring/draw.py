"""Which customers are looked at where all would take too long: the same at every run, whatever else is asked."""

from __future__ import annotations

from hashlib import md5

import pandas as pd


def drawn(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many of `rows`: all of those customers (`customer_id`) whose ids have the smallest digests.

    Whoever drew as many from a part of the rows, by the same digests, has dropped nobody who is drawn from the whole.
    """
    if len(rows) <= most:
        return rows
    sizes = rows["customer_id"].value_counts()
    order = sorted(sizes.index, key=lambda customer_id: (digest(customer_id), customer_id))
    until = sizes.loc[order].cumsum()
    return rows[rows["customer_id"].isin(until.index[until <= most])].reset_index(drop=True)


def digest(customer_id: str) -> str:
    """As DuckDB's `md5`: of nothing but the id."""
    return md5(customer_id.encode(), usedforsecurity=False).hexdigest()
