"""Which customers are looked at where all would take too long: the same at every run, whatever else is asked."""

from __future__ import annotations

from hashlib import md5

import ibis
import pandas as pd


def drawn_of(sizes: ibis.Table, most: int) -> ibis.Table:
    """Of `sizes` (customer_id, rows) those whose ids have the smallest digests, `most` rows together at most."""
    digested = sizes.mutate(digest=sizes.customer_id.hexdigest("md5"))
    until = digested["rows"].sum().over(order_by=["digest", "customer_id"], rows=(None, 0))
    return digested.mutate(until=until).filter(ibis._.until <= most)


def drawn(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The same of rows at hand, at most so many: all of those customers (`customer_id`) with the smallest digests.

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
