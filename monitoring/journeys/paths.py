"""Journeys as paths: the last touchpoints of each customer before an instant whose outcome is known.

Whatever the number of customers, only counts of distinct paths leave the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.contract import CONTROL
from features.views.view import DAY
from monitoring.retention.rates import left
from monitoring.retention.records import Records

DAYS, LONGEST = 56, 5  # a journey is the last LONGEST touchpoints of so many days
KINDS = 12  # touchpoints told apart; rarer ones are OTHER
OTHER = "other"
PLACES = tuple(f"back_{back}" for back in range(LONGEST, 0, -1))  # of a path, from its first touchpoint to its last

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Paths:
    """Distinct paths of the customers at risk at `as_of`, and how many of each stayed and left.

    `steps[i]` are places in `names`, the last touchpoint in the last column, -1 before the first. A touchpoint never
    follows itself. The path of all -1 is that of customers without a touchpoint.
    """

    as_of: datetime
    names: tuple[str, ...]
    steps: Codes
    stayed: Codes
    left: Codes

    @property
    def customers(self) -> Codes:
        """Of each path."""
        return self.stayed + self.left

    @property
    def at_risk(self) -> int:
        """All customers, with touchpoints or without."""
        return int(self.customers.sum())

    def journeys(self) -> Paths:
        """Without the customers who had no touchpoint."""
        some = self.steps[:, -1] >= 0
        return Paths(self.as_of, self.names, self.steps[some], self.stayed[some], self.left[some])


def paths(records: Records) -> Paths | None:
    """At the last instant whose horizon has passed; None where neither interactions nor treatments are mapped."""
    if not records.has("interactions") and not records.has("treatments"):
        return None
    as_of, outcomes = records.judged_from, records.once(left)
    met = _touchpoints(records)
    met = met.filter((met.occurred_at < as_of.timestamp()) & (met.occurred_at >= as_of.timestamp() - DAYS * DAY))
    known = _told_apart(records, met)
    met = met.mutate(touchpoint=met.touchpoint.isin(known).ifelse(met.touchpoint, OTHER))
    joined = outcomes.left_join(_last(met), "customer_id")
    counted = joined.group_by(*PLACES).aggregate(customers=ibis._.count(), left=joined.label.sum())
    return _coded(as_of, records.frame(counted.order_by(*PLACES)))


def _touchpoints(records: Records) -> ibis.Table:
    """(customer_id, occurred_at, touchpoint) of every table that tells of some."""
    found = []
    if records.has("interactions"):
        met = records.table("interactions")
        found.append(_named(met, met.channel + " " + met.kind))
    if records.has("treatments"):
        sent = records.table("treatments")
        sent = sent.filter(sent.offer_id != CONTROL)
        found.append(_named(sent, (ibis.literal("offer by ") + sent.channel).fill_null("offer")))
    if records.has("feedback"):
        said = records.table("feedback")
        found.append(_named(said.filter(said.kind == "complaint"), ibis.literal("complaint")))
    if records.has("transactions"):
        found.append(_named(records.table("transactions"), ibis.literal("purchase")))
    if records.has("outcomes"):
        came = records.table("outcomes")
        accepted = came.filter(came.kind.isin(records.dataset.acceptance.kinds))
        found.append(_named(accepted, ibis.literal("offer accepted")))
    return ibis.union(*found) if len(found) > 1 else found[0]


def _named(rows: ibis.Table, touchpoint: ibis.expr.types.StringValue) -> ibis.Table:
    return rows.select("customer_id", "occurred_at", touchpoint=touchpoint)


def _told_apart(records: Records, met: ibis.Table) -> list[str]:
    """The touchpoints of most customers, none of them of fewer than may be told."""
    sizes = met.group_by("touchpoint").aggregate(customers=met.customer_id.nunique())
    often = sizes.filter(sizes.customers >= records.few).order_by(sizes.customers.desc(), sizes.touchpoint)
    return [row["touchpoint"] for row in records.rows(often.limit(KINDS))]


def _last(met: ibis.Table) -> ibis.Table:
    """(customer_id, PLACES): one row per customer, the last touchpoints, one that repeats counted once."""
    order = [ibis.desc("occurred_at"), ibis.desc("touchpoint")]
    following = met.touchpoint.lag().over(group_by="customer_id", order_by=order)
    met = met.mutate(following=following)
    met = met.filter(met.following.isnull() | (met.following != met.touchpoint))
    met = met.mutate(back=ibis.row_number().over(group_by="customer_id", order_by=order) + 1)
    met = met.filter(met.back <= LONGEST)
    places = {f"back_{back}": met.touchpoint.max(where=met.back == back) for back in range(1, LONGEST + 1)}
    return met.group_by("customer_id").aggregate(**places)


def _coded(as_of: datetime, counted: pd.DataFrame) -> Paths:
    steps = counted[list(PLACES)]
    names = sorted(pd.unique(steps.melt().value.dropna()))
    codes = np.column_stack([pd.Categorical(steps[place], names).codes for place in PLACES]).astype(np.int64)
    left = counted.left.to_numpy(np.int64)
    return Paths(as_of, tuple(names), codes, counted.customers.to_numpy(np.int64) - left, left)
