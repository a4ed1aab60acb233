"""Customers grouped by a segmentation, with every figure; groups that are too small are kept back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import ibis
from ibis.expr import types as ir

from monitoring.intervals import Interval
from monitoring.retention.records import Records
from monitoring.retention.staying import SPELL, curve
from monitoring.segments.figures import Figure, Sums, sums
from monitoring.suppression import tellable

UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Group:
    """A segment and its figures by name, None where too few have a say.

    `stay_days` is the median time that they stay, where a group can be followed; infinite beyond the records.
    """

    name: str
    customers: int
    figures: Mapping[str, Interval | None]
    stay_days: float | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one segmentation, biggest first, and how many were too small to be told."""

    told: tuple[Group, ...]
    too_small: int


def grouped(
    records: Records, customers: ibis.Table, column: str, wanted: Sequence[Figure], *, followed: bool = False
) -> Groups | None:
    """Every figure by the values of `column`; None where nobody has one.

    `followed` groups are told how long they stay, which needs a column that stays the same.
    """
    named = customers.mutate(group=customers[column].cast("string").fill_null(UNKNOWN))
    summed = named.group_by("group").aggregate(**_sums(named, wanted))
    rows = records.rows(summed.order_by(ibis.desc("customers"), "group"))
    if all(row["group"] == UNKNOWN for row in rows):
        return None
    shown = tellable([row["customers"] for row in rows], records.few)
    stays = _stays(records, named) if followed and set(SPELL) <= set(named.columns) else {}
    told = (
        Group(row["group"], row["customers"], _found(row, wanted, records.few), stays.get(row["group"]))
        for row, show in zip(rows, shown, strict=True)
        if show
    )
    return Groups(tuple(told), len(shown) - sum(shown))


def whole(records: Records, customers: ibis.Table, wanted: Sequence[Figure]) -> Group:
    """All customers as one group."""
    row = records.row(customers.aggregate(**_sums(customers, wanted)))
    return Group("all customers", row["customers"], _found(row, wanted, records.few))


def _sums(customers: ibis.Table, wanted: Sequence[Figure]) -> dict[str, ir.NumericScalar]:
    columns = dict.fromkeys(column for figure in wanted for column in figure.needs)
    found = dict(pair for column in columns for pair in sums(column, customers[column]))
    return {"customers": customers.count(), **found}


def _found(row: Sums, wanted: Sequence[Figure], few: int) -> dict[str, Interval | None]:
    return {figure.name: figure.find(row, few) for figure in wanted}


def _stays(records: Records, named: ibis.Table) -> dict[str, float]:
    spells = named.filter(named.duration.notnull())
    counted = records.frame(spells.group_by("group", *SPELL).aggregate(customers=ibis._.count()))
    curves = {str(name): curve(rows, records.few) for name, rows in counted.groupby("group")}
    return {name: one.median_days.value if one.median_days else inf for name, one in curves.items() if one is not None}
