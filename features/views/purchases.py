"""Recency, frequency and monetary value over several windows, discount habit, and times between purchases."""

from __future__ import annotations

import ibis

from configs.dataset import Dataset
from features import silence
from features.tables import OPENED, Tables
from features.views.view import DAY, View, before, count, total, within

WINDOWS = (28, 56, 91)
NUMBERS = (
    *(f"count_{days}d" for days in WINDOWS),
    "weeks_56d",
    "spend_56d",
    "amount_mean",
    "discounted_91d",
    "discounted_share",
    "discounted_per_week",
    "trend",
)
STATE = ("first_at", "last_at", *silence.STATE)


def view(_: Dataset) -> View:
    """Purchases per customer. `observed_at` is since when they would be in the records.

    Gaps are whole days between consecutive days with a purchase.
    `weighted_visits` and `weighted_spend` count days with a purchase and log(1 + amount), each halved every
    `silence.HALF_LIFE_DAYS` days: with the instants they are what `features.silence` works from.
    """
    return View("purchases", ("transactions",), NUMBERS, build, state=STATE)


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer with a purchase before `as_of`."""
    keys = ["customer_id", "as_of"]
    rows = (
        _baskets(tables, instants).join(_visits(tables, instants).view(), keys).join(_observed(tables), "customer_id")
    )
    weeks = ibis.greatest((rows.as_of - rows.observed_at) / (7 * DAY), 1.0)
    return rows.mutate(discounted_per_week=rows.discounted / weeks)


def _baskets(tables: Tables, instants: ibis.Table) -> ibis.Table:
    known = before(tables["transactions"], instants)
    amount, age = known.amount, known.age_days
    week = (age / 7).floor()
    discounted = (known.discount > 0).fill_null(False)
    rows = known.group_by("customer_id", "as_of").aggregate(
        **{f"count_{days}d": count(within(known, days)) for days in WINDOWS},
        weeks=week.nunique(),
        weeks_56d=week.nunique(where=age < 56),
        spend_56d=total(amount, within(known, 56)),
        amount_mean=amount.mean(),
        discounted=count(discounted),
        discounted_91d=count(discounted & within(known, 91)),
        discounted_share=(count(discounted) + 0.1) / (known.count() + 5.0),  # drawn to 2% with few baskets
        first_at=known.occurred_at.min(),
        last_at=known.occurred_at.max(),
        weighted_spend=((amount.clip(lower=0.0) + 1.0).ln() * _weight(age)).sum(),
    )
    return rows.mutate(
        computed_at=rows.as_of,
        trend=rows.count_28d - (rows.count_56d - rows.count_28d),
    )


def _visits(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """Days with a purchase, once each, and the gaps between them; a gap is known from the day that ends it."""
    sales = tables["transactions"]
    day = (sales.occurred_at / DAY).floor()
    known = before(sales.select("customer_id", "occurred_at", day=day), instants)
    days = known.group_by("customer_id", "as_of", "day").aggregate(age_days=known.age_days.min())
    gap = days.day - days.day.lag().over(group_by=["customer_id", "as_of"], order_by="day")
    days = days.mutate(gap=gap).mutate(gap_log=gap.ln())
    return days.group_by("customer_id", "as_of").aggregate(
        weighted_visits=_weight(days.age_days).sum(),
        gaps=days.gap.count(),
        gap_days=days.gap.sum(),
        gap_logs=days.gap_log.sum(),
        gap_logs_squared=(days.gap_log * days.gap_log).sum(),
    )


def _observed(tables: Tables) -> ibis.Table:
    """Since when each customer's purchases would be in the records: sign-up, or the records' first instant if later."""
    known = tables["customers"].cross_join(tables[OPENED])
    return known.select("customer_id", observed_at=ibis.greatest(known.signed_up_at, known.opened_at))


def _weight(age_days: ibis.expr.types.FloatingColumn) -> ibis.expr.types.FloatingColumn:
    return (age_days * (-0.6931471805599453 / silence.HALF_LIFE_DAYS)).exp()
