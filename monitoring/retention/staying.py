"""How long customers stay: Kaplan and Meier's curve of the time from sign-up to leaving."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from features.views.view import DAY
from monitoring.intervals import Z95, Floats, Interval
from monitoring.retention.records import Records

WEEK = 7.0  # durations are told in weeks: as fine as anybody asks, and few rows at any number of customers
HALF = 0.5
SPELL = ("entry", "duration", "left")


@dataclass(frozen=True)
class Staying:
    """The share still there after so many days, with pointwise 95% intervals.

    Source: Kaplan and Meier 1958, with late entry of customers who had signed up before the records begin.
    """

    days: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    customers: int
    left: int
    median_days: Interval | None  # after which half have left; its end is infinite where the records do not reach it

    def share_after(self, days: float) -> float | None:
        """The share still there after so many days; None beyond the records."""
        return self.share[bisect_right(self.days, days) - 1] if days <= self.days[-1] else None


def staying(records: Records) -> Staying | None:
    """The curve over all customers; None where the records cannot tell when customers leave, or too few did.

    A subscription ends with `ended_at`. A customer without one leaves with the first silence as long as the horizon,
    at its beginning; nobody is followed beyond one horizon before now, as later silences are not over.
    """
    told = records.once(spells)
    if told is None:
        return None
    counted = told.group_by(*SPELL).aggregate(customers=ibis._.count())
    return curve(records.frame(counted), records.few)


def spells(records: Records) -> ibis.Table | None:
    """(customer_id, SPELL): from which to which week since sign-up each was followed, and whether by leaving."""
    if records.dataset.churn.kind == "label":
        return None
    found = _subscribed(records) if records.dataset.churn.kind == "subscription_end" else _active(records)
    found = found.filter(found.until > found.entry)
    entry, duration = (((end - found.since) / (WEEK * DAY)).floor() for end in (found.entry, found.until))
    return found.select("customer_id", entry=entry, duration=duration + 1, left=found.left)


def _subscribed(records: Records) -> ibis.Table:
    held = records.table("subscriptions")
    until = ibis.least(held.ended_at.fill_null(records.seconds), records.seconds)
    begun = records.opened_at or float("-inf")
    spans = held.group_by("customer_id").aggregate(
        since=held.started_at.min(), until=until.max(), ended=held.ended_at.fill_null(np.inf).max()
    )
    return spans.mutate(entry=ibis.greatest(spans.since, begun), left=spans.ended < records.seconds)


def _active(records: Records) -> ibis.Table:
    activity = records.activity()
    if activity is None:
        raise LookupError("a lapse without activity: the mapping does not allow it")
    horizon, last = records.horizon_seconds, records.seconds - records.horizon_seconds
    following = activity.occurred_at.lead().over(group_by="customer_id", order_by=activity.occurred_at)
    silences = activity.mutate(gap=(following - activity.occurred_at).fill_null(np.inf))
    silences = silences.filter((silences.gap >= horizon) & (silences.occurred_at <= last))
    ends = silences.group_by("customer_id").aggregate(ended=silences.occurred_at.min())
    firsts = activity.group_by("customer_id").aggregate(seen=activity.occurred_at.min())
    people = records.table("customers").select("customer_id", since="signed_up_at").join(firsts, "customer_id")
    joined = people.left_join(ends, "customer_id")
    begun = records.opened_at or 0.0
    return joined.select(
        "customer_id",
        since=joined.since,
        entry=ibis.greatest(joined.since, begun),
        until=ibis.least(joined.ended.fill_null(last), last),
        left=joined.ended.notnull(),
    )


def curve(told: pd.DataFrame, few: int) -> Staying | None:
    """The curve of `customers` by SPELL; None where too few left or stayed."""
    from statsmodels.duration.survfunc import SurvfuncRight

    customers, left = int(told.customers.sum()), int(told.customers[told.left].sum())
    if left < few or customers - left < few:
        return None
    found = SurvfuncRight(
        told.duration.to_numpy(np.float64),
        told.left.to_numpy(np.int64),
        entry=told.entry.to_numpy(np.float64),
        freq_weights=told.customers.to_numpy(np.float64),
    )
    share, days = found.surv_prob, found.surv_times * WEEK
    low, high = _ends(share, found.surv_prob_se)
    half, earliest, latest = (_first(days, one) for one in (share, low, high))
    median = Interval(half, earliest, latest) if np.isfinite(half) else None
    days = np.concatenate([[0.0], days, [WEEK * told.duration.max()]])  # to the end of what is seen
    share, low, high = (np.concatenate([[1.0], one, one[-1:]]) for one in (share, low, high))
    return Staying(
        tuple(days.tolist()), tuple(share.tolist()), tuple(low.tolist()), tuple(high.tolist()), customers, left, median
    )


def _first(days: Floats, falling: Floats) -> float:
    """When the curve falls to a half; infinite where it never does."""
    return float(days[falling <= HALF][0]) if (falling <= HALF).any() else np.inf


def _ends(share: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Intervals on the scale of log(-log(share)), which keep within 0 and 1. Source: Kalbfleisch and Prentice 1980."""
    inside = np.clip(share, 1e-9, 1 - 1e-9)
    half = Z95 * error / (inside * -np.log(inside))
    return inside ** np.exp(half), inside ** np.exp(-half)
