"""The cohort triangle: of the customers who signed up in a quarter, who was there so many quarters later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import ibis

from monitoring.retention.records import Records

COHORTS = 12


@dataclass(frozen=True)
class Cohorts:
    """`there[i][j]` is the share of cohort i with activity in its quarter j; None for what is to come."""

    begun: tuple[str, ...]
    customers: tuple[int, ...]
    there: tuple[tuple[float | None, ...], ...]


def cohorts(records: Records) -> Cohorts | None:
    """By calendar quarters; None without activity. A quarter that is not over is left out."""
    activity = records.activity()
    if activity is None:
        return None
    people = records.table("customers").select("customer_id", cohort=_quarter(records.table("customers").signed_up_at))
    now, begun = _number(records.now), _number(datetime.fromtimestamp(records.opened_at or 0.0, UTC))
    people = people.filter((people.cohort > begun) & (people.cohort < now) & (people.cohort >= now - COHORTS))
    seen = activity.select("customer_id", quarter=_quarter(activity.occurred_at)).distinct()
    counted = seen.join(people, "customer_id").group_by("cohort", "quarter").aggregate(there=ibis._.count())
    counts = records.rows(people.group_by("cohort").aggregate(customers=people.count()).order_by("cohort"))
    sizes = {row["cohort"]: row["customers"] for row in counts if row["customers"] >= records.few}
    if not sizes:
        return None
    there = {(row["cohort"], row["quarter"]): row["there"] for row in records.rows(counted)}
    rows = tuple(
        tuple(
            there.get((cohort, quarter), 0) / customers if quarter < now else None
            for quarter in range(cohort, cohort + now - min(sizes))
        )
        for cohort, customers in sizes.items()
    )
    return Cohorts(tuple(map(_name, sizes)), tuple(sizes.values()), rows)


def _quarter(seconds: ibis.expr.types.NumericColumn) -> ibis.expr.types.IntegerColumn:
    at = seconds.cast("int64").as_timestamp("s")
    return at.year() * 4 + at.quarter() - 1


def _number(instant: datetime) -> int:
    return instant.year * 4 + (instant.month - 1) // 3


def _name(number: int) -> str:
    return f"{number // 4} Q{number % 4 + 1}"
