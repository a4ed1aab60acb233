"""The retention page: how many stay, how long, which cohorts, and how that moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from monitoring import words
from monitoring.retention.cohorts import Cohorts, cohorts
from monitoring.retention.rates import Rates, Share, rates
from monitoring.retention.records import Records
from monitoring.retention.staying import Staying, staying
from monitoring.retention.trends import Trend, trends
from monitoring.site.charts import Line, lines, triangle
from monitoring.site.elements import Column, Figure, Measure, Page, Section, Table

CUSTOMERS = "customers"


@dataclass(frozen=True)
class Retention:
    """What the page tells; None and empty for what the records cannot."""

    horizon_days: int
    lapse: bool
    rates: Rates
    staying: Staying | None
    cohorts: Cohorts | None
    trends: tuple[Trend, ...]


def retention(records: Records) -> Retention:
    """Every figure of the page."""
    churn = records.dataset.churn
    return Retention(
        churn.horizon_days, churn.kind == "lapse", rates(records), staying(records), cohorts(records), trends(records)
    )


def page(found: Retention, currency: str) -> Page:
    """The page as it is read."""
    sections = (_rates(found), _staying(found), _cohorts(found.cohorts), _trends(found.trends, currency))
    return Page("retention", "Retention", "How many customers stay, and for how long?", sections)


def measured(name: str, share: Share | None, definition: str, denominator: str) -> tuple[Measure, ...]:
    """A share as a measure; nothing where the records cannot tell."""
    if share is None:
        return ()
    return (Measure(name, share.share, "share", definition, denominator, share.of),)


def _rates(found: Retention) -> Section:
    latest, days = found.rates.latest, found.horizon_days
    leaving = "did nothing that counts as activity" if found.lapse else "left"
    at = f" on {words.day(latest.as_of)}" if latest else ""
    kept = latest.kept if latest else None
    gone = None if kept is None else _others(kept)
    measures = (
        *measured("Retention rate", kept, f"Still there {days} days later.", f"customers there{at}"),
        *measured("Churn rate", gone, f"Who {leaving} in the {days} days after.", f"customers there{at}"),
        *measured(
            "Renewal rate", found.rates.renewed, "Renewed when the time came, in the last year.", "renewals decided"
        ),
        *measured(
            "Repeat purchase rate",
            found.rates.repeated,
            f"Bought a second time within {days} days of the first.",
            "first purchases of a year",
        ),
    )
    note = "A lapse is not always for good: customers counted as gone may come back." if found.lapse else ""
    lacking = None if latest else f"No customer's {days} days have passed yet: the rate is told once they have."
    method = f"A month counts once {days} days after its first have passed. Intervals are Wilson's, at 95%."
    return Section(
        "rates", "How many stay", said=(note,) if note else (), measures=measures, figures=_monthly(found),
        tables=_monthly_table(found), lacking=lacking, method=method,
    )  # fmt: skip


def _others(kept: Share) -> Share:
    told = kept.share
    flipped = None if told is None else type(told)(1 - told.value, 1 - told.high, 1 - told.low)
    return Share(kept.of - kept.count, kept.of, flipped)


def _monthly(found: Retention) -> tuple[Figure, ...]:
    told = [(month.as_of, month.kept.share) for month in found.rates.months if month.kept.share is not None]
    if len(told) < 3:
        return ()
    value, low, high = (np.array([getattr(one, end) for _, one in told]) for end in ("value", "low", "high"))
    description = (
        f"From {words.percent(value[0])} in {told[0][0]:%B %Y} to {words.percent(value[-1])} in {told[-1][0]:%B %Y}."
    )
    line = Line("retention", value, low, high)
    return (lines("retention-months", "Retention by month", description, [at for at, _ in told], [line], "share"),)


def _monthly_table(found: Retention) -> tuple[Table, ...]:
    rows = tuple(
        (f"{month.as_of:%Y-%m-%d}", month.kept.of, month.kept.count, month.kept.share) for month in found.rates.months
    )
    columns = (
        Column("Month from"), Column("Customers", "count"), Column("Stayed", "count"),
        Column("Retention", "share"),
    )  # fmt: skip
    return (Table("months", "Retention by month", columns, rows[::-1], shown=6),) if rows else ()


def _staying(found: Retention) -> Section:
    curve = found.staying
    title = "How long they stay"
    if curve is None:
        lacking = "Too few customers have left, or when they did is not in the records, to tell how long they stay."
        return Section("staying", title, lacking=lacking)
    said = "After so long, half have left for the first time."
    half = curve.median_days or inf  # beyond the records where over half stay
    median = Measure("Retention period", half, "days", said, CUSTOMERS, curve.customers)
    after = [(year, curve.share_after(365 * year)) for year in (1, 2)]
    told = "; ".join(
        f"after {words.count(year, 'year')} {words.percent(share)} are there"
        for year, share in after
        if share is not None
    )
    line = Line("there", curve.share, curve.low, curve.high, step=True)
    drawn = lines(
        "staying-curve", "Still there, by days since sign-up",
        f"{words.count(curve.customers, 'customer')}; {told or 'seen for under a year'}.",
        curve.days, [line], "share", along="days since sign-up",
    )  # fmt: skip
    method = (
        "Kaplan and Meier's estimate: customers who are still there count for as long as they have been, and those who "
        "signed up before the records begin count from then on."
    )
    return Section("staying", title, measures=(median,), figures=(drawn,), method=method)


def _cohorts(found: Cohorts | None) -> Section:
    title = "Cohorts"
    if found is None:
        lacking = "No quarter's new customers are in the records: map signed_up_at in `customers` to see cohorts."
        return Section("cohorts", title, lacking=lacking)
    later = [str(number) for number in range(len(found.there[0]))]
    drawn = triangle(
        "cohort-triangle", "Active in the quarters after sign-up, in %",
        f"{len(found.begun)} quarters of new customers, {words.count(sum(found.customers), 'customer')}.",
        found.begun, later, np.array(found.there, dtype=np.float64),
    )  # fmt: skip
    columns = (Column("Signed up"), Column("Customers", "count"), *(Column(f"Quarter {one}", "share") for one in later))
    rows = tuple(
        (begun, size, *there) for begun, size, there in zip(found.begun, found.customers, found.there, strict=True)
    )
    method = "Of the customers who signed up in a quarter, those with activity in it (0) and in each quarter after it."
    table = Table("cohorts", "Cohorts", columns, rows)
    return Section("cohorts", title, figures=(drawn,), tables=(table,), method=method)


def _trends(found: Sequence[Trend], currency: str) -> Section:
    title = "How it moves"
    if not found:
        return Section("trends", title, lacking="The records are too short for a trend: 16 weeks are needed.")
    drawn = tuple(_trend(one, currency) for one in found)
    said = tuple(
        f"{one.name}: {one.yearly_change:+.0%} over the year." for one in found if one.yearly_change is not None
    )
    whole = all(one.seasonal for one in found)
    method = (
        "The dashed line is the trend without the season (STL, by robust LOESS)."
        if whole
        else "The dashed line is smoothed over half a year. Two years of records would tell a season from a trend."
    )
    return Section("trends", title, said=said, figures=drawn, tables=(_trend_table(found, currency),), method=method)


def _trend(one: Trend, currency: str) -> Figure:
    unit = f", {currency}" if one.unit == "money" else ""
    both = [Line("by week", one.values), Line("trend", one.trend)]
    description = f"Now {one.trend[-1]:,.0f} a week, {one.trend[0]:,.0f} when the records begin."
    name = f"trend-{one.name.lower().replace(' ', '-')}"
    return lines(name, f"{one.name} by week{unit}", description, one.weeks, both, "count")


def _trend_table(found: Sequence[Trend], currency: str) -> Table:
    names = [f"{one.name}{f' ({currency})' if one.unit == 'money' else ''}" for one in found]
    columns = (Column("Week from"), *(Column(name, "count") for name in names))
    weeks = found[0].weeks
    rows = tuple(
        (f"{week:%Y-%m-%d}", *(float(one.values[at]) if at < len(one.values) else None for one in found))
        for at, week in enumerate(weeks)
    )
    return Table("weeks", "By week", columns, rows[::-1], shown=4)
