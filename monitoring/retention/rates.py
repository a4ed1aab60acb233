"""How many stay: retention and churn by month, renewals, and who comes a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ibis

from features.attrition import attrition
from features.labels import leaving
from features.views.view import DAY
from monitoring.intervals import Interval, wilson
from monitoring.retention.records import Records, month_starts


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95% interval of the share; `share` is None where they are too few to tell."""

    count: int
    of: int
    share: Interval | None


@dataclass(frozen=True, slots=True)
class Monthly:
    """Of the customers at risk at `as_of`, those who were there after the horizon."""

    as_of: datetime
    kept: Share


@dataclass(frozen=True, slots=True)
class Rates:
    """`months` are matured ones, oldest first. What the records cannot tell is None."""

    months: tuple[Monthly, ...]
    renewed: Share | None
    repeated: Share | None

    @property
    def latest(self) -> Monthly | None:
        """The last month whose horizon has passed."""
        return self.months[-1] if self.months else None


def rates(records: Records) -> Rates:
    """All rates at once."""
    return Rates(_months(records), _renewed(records), _repeated(records))


def share(count: float, of: float, few: int, customers: float | None = None) -> Share:
    """`count` of `of`, which are rows of so many `customers` (each its own by default); told of `few` or more."""
    independent = of if customers is None else customers
    return Share(int(count), int(of), wilson(count, of, effective=independent) if independent >= few else None)


def _months(records: Records) -> tuple[Monthly, ...]:
    churn, tables = records.dataset.churn, records.opened.tables
    if churn.kind == "label":
        gone = tables["labels"].churned.cast("int64").sum()
        found = records.row(tables["labels"].aggregate(of=ibis._.count(), gone=gone))
        return (_monthly(records, records.now, found["of"], found["gone"]),)
    months = month_starts(records, records.judged_from)
    counted = attrition(records.opened, records.dataset, months)
    return tuple(_monthly(records, one.as_of, one.at_risk, one.left) for one in counted)


def _monthly(records: Records, as_of: datetime, of: int, gone: int) -> Monthly:
    return Monthly(as_of, share(of - gone, of, records.few))


def left(records: Records) -> ibis.Table:
    """(customer_id, label) of those whose leaving was a question at `records.judged_from`; 1 is left."""
    churn, tables = records.dataset.churn, records.opened.tables
    if churn.kind == "label":
        return tables["labels"].select("customer_id", label=tables["labels"].churned.cast("float64"))
    return leaving(tables, records.dataset, [records.judged_from]).select("customer_id", "label")


def _renewed(records: Records) -> Share | None:
    """Of the renewals that came due and were decided, those that were taken: by the outcomes renewed and churned."""
    told = renewals(records)
    if told is None:
        return None
    found = records.row(told.aggregate(of=told.count(), renewed=told.renewed.sum()))
    return share(found["renewed"], found["of"], records.few) if found["renewed"] else None


def renewals(records: Records) -> ibis.Table | None:
    """(customer_id, renewed: 1 or 0) of each renewal of the last year that was decided; None without outcomes."""
    if not records.has("outcomes"):
        return None
    outcomes = records.table("outcomes")
    told = outcomes.filter(
        outcomes.kind.isin(("renewed", "churned")) & (outcomes.occurred_at >= records.seconds - 365 * DAY)
    )
    return told.select("customer_id", renewed=(told.kind == "renewed").cast("int64"))


def _repeated(records: Records) -> Share | None:
    """Of first purchases of the year before the last horizon, those followed by a second within a horizon."""
    firsts = records.once(first_purchases)
    if firsts is None:
        return None
    found = records.row(firsts.aggregate(of=firsts.count(), again=firsts.again.sum()))
    return share(found["again"], found["of"], records.few) if found["of"] else None


def first_purchases(records: Records) -> ibis.Table | None:
    """(customer_id, again: 1 or 0) of the customers whose first purchase was in the year before the last horizon.

    `again` is a second within a horizon of it. First purchases so soon after the records begin that an earlier one may
    be missing are left out. None without transactions.
    """
    if not records.has("transactions"):
        return None
    sales = records.table("transactions").select("customer_id", "occurred_at")
    place = ibis.row_number().over(group_by="customer_id", order_by=sales.occurred_at)
    following = sales.occurred_at.lead().over(group_by="customer_id", order_by=sales.occurred_at)
    firsts = sales.mutate(place=place, gap=following - sales.occurred_at).filter(ibis._.place == 0)
    people = records.table("customers").select("customer_id", "signed_up_at")
    until = records.seconds - records.horizon_seconds
    begun = records.opened_at or 0.0
    firsts = firsts.join(people, "customer_id")
    firsts = firsts.filter(
        (firsts.signed_up_at >= begun) & (firsts.occurred_at <= until) & (firsts.occurred_at > until - 365 * DAY)
    )
    again = (firsts.gap <= records.horizon_seconds).fill_null(False).cast("int64")
    return firsts.select("customer_id", again=again)
