"""What a customer did in the days before an instant, as far as segments rest on it."""

from __future__ import annotations

import ibis

from features.segmentation.boxes import BEST_SPEND, HABITS
from features.tables import Tables
from features.views.view import DAY, before, count

LIFE = ("first_days", "gap_days")
_KEYS = ["customer_id", "as_of"]


def habits(tables: Tables, instants: ibis.Table, window_days: float) -> ibis.Table | None:
    """One row per customer with a purchase, or a subscription, before `as_of`; None where the records have neither.

    HABITS: days since the last purchase; purchases and what they came to in the window of so many days before `as_of`;
    their mean; the share of them at a discount; those of the window's later half less those of its earlier half.
    Beside them BEST_SPEND, the most spent in any window counted back, and LIFE: days since the first purchase, and the
    longest silence in days that a purchase of the window ended. Where there are subscriptions alone, `spend`
    is the price of those in force and the rest is null.
    """
    if "transactions" in tables:
        return _bought(tables["transactions"], instants, window_days)
    return _subscribed(tables["subscriptions"], instants) if "subscriptions" in tables else None


def _bought(sales: ibis.Table, instants: ibis.Table, window_days: float) -> ibis.Table:
    silence = sales.occurred_at - sales.occurred_at.lag().over(group_by="customer_id", order_by="occurred_at")
    known = before(sales.mutate(gap_days=silence / DAY), instants)
    known = known.mutate(place=(known.age_days / window_days).floor())
    windows = known.group_by(*_KEYS, "place").aggregate(
        purchases=known.count().cast("float64"),
        spend=known.amount.sum(),
        discounts=count((known.discount > 0).fill_null(False)),
        later=count(known.age_days <= window_days / 2),
        silent_days=known.age_days.min(),
        first_days=known.age_days.max(),
        gap_days=known.gap_days.max(),
    )
    last = windows.place == 0
    rows = windows.group_by(_KEYS).aggregate(
        **{name: windows[name].sum(where=last).fill_null(0.0) for name in ("purchases", "spend", "discounts", "later")},
        silent_days=windows.silent_days.min(),
        first_days=windows.first_days.max(),
        gap_days=windows.gap_days.max(where=last),
        best_spend=windows.spend.max(),
    )
    bought = ibis.greatest(rows.purchases, 1.0)
    return rows.mutate(
        basket=rows.spend / bought, discounted=rows.discounts / bought, change=2 * rows.later - rows.purchases
    )


def _subscribed(held: ibis.Table, instants: ibis.Table) -> ibis.Table:
    known = before(held, instants, "started_at")
    running = known.filter(known.ended_at.isnull() | (known.ended_at > known.as_of))
    paid = running.group_by(_KEYS).aggregate(spend=running.price.sum())
    lacking = [name for name in (*HABITS, BEST_SPEND, *LIFE) if name != "spend"]
    return paid.mutate(**{name: ibis.null("float64") for name in lacking})
