"""How many were at risk at each of many instants, and how many of them left: `features.labels.leaving`, counted.

Each record is read once and is a flag to its customer, however many windows it falls into; joining every record with
every window that holds it, as labels by customer need, takes five times as long at a million customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ibis.expr.types import BooleanColumn, BooleanScalar, IntegerScalar

from configs.dataset import Dataset
from features.tables import Opened, Tables
from features.views.view import DAY


@dataclass(frozen=True, slots=True)
class Attrition:
    """Of the customers `at_risk` at `as_of`, those who `left` within its label window."""

    as_of: datetime
    at_risk: int
    left: int


def attrition(opened: Opened, dataset: Dataset, instants: Sequence[datetime]) -> tuple[Attrition, ...]:
    """In the order of `instants`, whose windows must have closed; without those at which nobody was at risk.

    Not for labels that came with the records.
    """
    if not instants:
        return ()
    ends = dataset.churn.kind == "subscription_end"
    records = opened.tables["subscriptions" if ends else dataset.churn.activity]
    flags: dict[str, BooleanScalar] = {}
    for at, as_of in enumerate(instants):
        there, told = (_ending if ends else _silent)(opened.tables, dataset, as_of.timestamp())
        flags |= {f"there_{at}": there.any(), f"told_{at}": told.any()}
    each = records.group_by("customer_id").aggregate(**flags)
    counts: dict[str, IntegerScalar] = {}
    for at in range(len(instants)):
        there, told = each[f"there_{at}"], each[f"told_{at}"]
        counts |= {f"at_risk_{at}": there.sum(), f"left_{at}": (there & (told if ends else ~told)).sum()}
    row = opened.backend.to_pyarrow(each.aggregate(**counts)).to_pylist()[0]
    found = (Attrition(one, row[f"at_risk_{at}"] or 0, row[f"left_{at}"] or 0) for at, one in enumerate(instants))
    return tuple(one for one in found if one.at_risk)


def _silent(tables: Tables, dataset: Dataset, as_of: float) -> tuple[BooleanColumn, BooleanColumn]:
    """Whether an activity shows that its customer is at risk, and whether it is in the window: then nobody left."""
    at, opens = tables[dataset.churn.activity].occurred_at, as_of + dataset.churn.lead_days * DAY
    since = as_of - dataset.churn.active_within_days * DAY
    return (at < as_of) & (at >= since), (at > opens) & (at <= opens + dataset.churn.horizon_days * DAY)


def _ending(tables: Tables, dataset: Dataset, as_of: float) -> tuple[BooleanColumn, BooleanColumn]:
    """Whether a subscription runs, and whether it, begun before, ends in the window."""
    held, opens = tables["subscriptions"], as_of + dataset.churn.lead_days * DAY
    begun, end = held.started_at < as_of, held.ended_at
    inside = (end > opens) & (end <= opens + dataset.churn.horizon_days * DAY)
    return begun & (end.isnull() | (end > as_of)), begun & inside.fill_null(False)
