"""Weekly series, with the season taken out where two years are there to tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import ibis
import numpy as np

from features.views.view import DAY
from monitoring.intervals import Floats
from monitoring.retention.records import Records

WEEK = 7 * DAY
YEAR_WEEKS, FEWEST = 52, 16
SMOOTH_WEEKS = 13


@dataclass(frozen=True)
class Trend:
    """A series by week. `trend` is free of the season where `seasonal`; otherwise it is smoothed alone."""

    name: str
    unit: str
    weeks: tuple[datetime, ...]
    values: tuple[float, ...]
    trend: tuple[float, ...]
    seasonal: bool

    @property
    def yearly_change(self) -> float | None:
        """The trend's change over the last year, as a share; None where the series is shorter."""
        if len(self.trend) <= YEAR_WEEKS or self.trend[-1 - YEAR_WEEKS] <= 0:
            return None
        return self.trend[-1] / self.trend[-1 - YEAR_WEEKS] - 1


def trends(records: Records) -> tuple[Trend, ...]:
    """Customers active, margin, complaints: those that the records tell, by whole weeks back from now."""
    found = []
    activity = records.activity()
    if activity is not None:
        found.append(_series(records, "Active customers", "count", activity, activity.customer_id.nunique()))
    if records.has("transactions"):
        sales = records.table("transactions")
        sales = sales.mutate(margin=sales.margin.fill_null(sales.amount * records.dataset.value.margin_rate))
        found.append(_series(records, "Margin", "money", sales, sales.margin.sum()))
    if records.has("feedback"):
        said = records.table("feedback")
        said = said.filter(said.kind == "complaint")
        found.append(_series(records, "Complaints", "count", said, said.count()))
    return tuple(one for one in found if one is not None)


def _series(records: Records, name: str, unit: str, rows: ibis.Table, total: ibis.expr.types.Scalar) -> Trend | None:
    """`total` of each whole week; None where they are too few to show a trend."""
    ago = ((records.seconds - rows.occurred_at) / WEEK).floor()
    counted = records.frame(rows.group_by(ago=ago).aggregate(total=total))
    first = records.opened_at
    weeks = 0 if first is None else int((records.seconds - first) // WEEK)
    if counted.empty or weeks < FEWEST:
        return None
    values = np.zeros(weeks)
    inside = counted[counted.ago < weeks]
    values[weeks - 1 - inside.ago.to_numpy(np.int64)] = inside.total.to_numpy(np.float64)
    starts = tuple(datetime.fromtimestamp(records.seconds - WEEK * (weeks - at), UTC) for at in range(weeks))
    trend, seasonal = _trend(values)
    return Trend(name, unit, starts, tuple(values.tolist()), tuple(trend.tolist()), seasonal)


def _trend(values: Floats) -> tuple[Floats, bool]:
    """(trend, whether the season was taken out). Sources: STL, Cleveland et al. 1990; LOWESS, Cleveland 1979."""
    if len(values) >= 2 * YEAR_WEEKS:
        from statsmodels.tsa.seasonal import STL

        return np.asarray(STL(values, period=YEAR_WEEKS, robust=True).fit().trend), True
    from statsmodels.nonparametric.smoothers_lowess import lowess

    share = min(1.0, 2 * SMOOTH_WEEKS / len(values))
    return np.asarray(lowess(values, np.arange(len(values)), frac=share, return_sorted=False)), False
