"""What is changed in a simulated market, and what the report is to call it: for `benchmarks.reports_market`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.monitored_market import Weights

TIMES = 6.0  # as many of some come as before


def more(whom: Callable[[pd.DataFrame], pd.Series[bool]]) -> Weights:
    """TIMES as many of some come as before."""
    return lambda there: np.where(whom(there), TIMES, 1.0)


COVARIATE: Mapping[str, tuple[str, Weights]] = {
    "the young": ("profile__age", more(lambda there: there["profile__age"] < 35)),
    "bargain hunters": ("profile__source", more(lambda there: there["profile__source"] == "deals")),
    "the silent": ("recency__purchase_days", more(lambda there: there["recency__purchase_days"] > 14)),
}
LEAVING = "hash(customer_id) % 10 = 0 AND customer_id NOT IN (SELECT customer_id FROM market_subscriptions)"
STAYING = "SELECT * FROM market_{table} WHERE NOT (occurred_at >= TIMESTAMPTZ '{at}' AND " + LEAVING + ")"
CONCEPT = {table: STAYING.replace("{table}", table) for table in ("transactions", "interactions", "loyalty")}
SINCE = "CASE WHEN occurred_at >= TIMESTAMPTZ '{at}' THEN "


@dataclass(frozen=True)
class Feed:
    """A fault: the rows that come instead, what Data is to call it, and the views that rest on the source."""

    tables: Mapping[str, str]
    named: str
    views: tuple[str, ...]


FEEDS: Mapping[str, Feed] = {
    "the app is silent": Feed(
        {
            "interactions": "SELECT * FROM market_interactions "
            "WHERE NOT (channel = 'app' AND occurred_at >= TIMESTAMPTZ '{at}')"
        },
        "interactions, channel app",
        ("engagement",),
    ),
    "scores up to 100": Feed(
        {"feedback": f"SELECT * REPLACE ({SINCE} 10 * score ELSE score END AS score) FROM market_feedback"},
        "score of feedback",
        ("experience",),
    ),
    "amounts in cents": Feed(
        {"transactions": f"SELECT * REPLACE ({SINCE} 100 * amount ELSE amount END AS amount) FROM market_transactions"},
        "amount of transactions",
        ("purchases",),
    ),
    "no age": Feed(
        {"customers": "SELECT * REPLACE (NULL::DOUBLE AS age) FROM market_customers"}, "profile__age", ("profile",)
    ),
    "one region": Feed(
        {"customers": "SELECT * REPLACE ('north' AS region) FROM market_customers"}, "profile__region", ("profile",)
    ),
}
