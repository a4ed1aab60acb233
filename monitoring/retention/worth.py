"""What customers are worth: margin of a horizon, expected margin of a year, and of five points more retention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import ibis
import numpy as np

from features.labels import earning
from monitoring.intervals import Z95, Interval
from monitoring.retention.rates import Rates
from monitoring.retention.records import Records

YEAR_DAYS, MONTH_DAYS = 365.0, 365.25 / 12
POINTS = 0.05


@dataclass(frozen=True, slots=True)
class Worth:
    """Per customer at risk, in the dataset's currency. A model of the coming year, not a measurement of it.

    `horizon` is the mean margin of one horizon. `year` is the margin expected of a year, where each horizon keeps the
    measured share of those before: m (1 + r + r^2 + ...). `more` is what five points more retention would add to it.
    """

    customers: int
    horizon_days: int
    horizon: Interval
    retention: Interval
    year: Interval
    more: Interval

    @property
    def more_in_all(self) -> Interval:
        """`more` of all these customers."""
        return Interval(*(self.customers * end for end in (self.more.value, self.more.low, self.more.high)))


def worth(records: Records, known: Rates) -> Worth | None:
    """By the latest matured month; None where retention or margin cannot be told."""
    latest, churn = known.latest, records.dataset.churn
    if latest is None or latest.kept.share is None:
        return None
    told = records.once(margins)
    found = (
        None
        if told is None
        else records.row(told.aggregate(mean=told.label.mean(), sd=told.label.std(), n=ibis._.count()))
    )
    if found is None or found["n"] < max(2, records.few):
        return None
    return expected((found["mean"], found["sd"] / sqrt(found["n"])), latest.kept.share, found["n"], churn.horizon_days)


def expected(margin: tuple[float, float], kept: Interval, customers: int, horizon_days: int) -> Worth:
    """What (mean margin of a horizon, its standard error) comes to where each horizon keeps the share `kept`."""
    mean, error = margin
    steps = np.arange(max(1, round(YEAR_DAYS / horizon_days)))
    return Worth(
        customers=customers,
        horizon_days=horizon_days,
        horizon=Interval(mean, mean - Z95 * error, mean + Z95 * error),
        retention=kept,
        year=_product((mean, error), kept, lambda rate: float((rate**steps).sum())),
        more=_product((mean, error), kept, lambda rate: float((min(rate + POINTS, 1.0) ** steps - rate**steps).sum())),
    )


def margins(records: Records) -> ibis.Table | None:
    """(customer_id, label): the margin of the last whole horizon, or of what is paid now; None where none is told."""
    dataset = records.dataset
    if dataset.value.kind == "subscription_price":
        held = records.table("subscriptions")
        running = held.filter(held.ended_at.isnull() | (held.ended_at > records.seconds))
        paid = running.group_by("customer_id").aggregate(label=running.price.fill_null(0.0).sum())
        return paid.mutate(label=paid.label * (dataset.churn.horizon_days / MONTH_DAYS * dataset.value.margin_rate))
    if not records.has("transactions"):
        return None
    return earning(records.opened.tables, dataset, [records.judged_from])


def _product(margin: tuple[float, float], kept: Interval, times: Callable[[float], float]) -> Interval:
    """Margin x `times(retention)` with the errors of both (they add in squares)."""
    (mean, error), many = margin, times(kept.value)
    spread = (times(kept.high) - times(kept.low)) / 2
    half = sqrt((Z95 * error * many) ** 2 + (mean * spread) ** 2)
    return Interval(mean * many, mean * many - half, mean * many + half)
