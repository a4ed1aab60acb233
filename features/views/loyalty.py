"""Points earned and burnt, balance and tier."""

from __future__ import annotations

import ibis

from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import View, before, last, total, within

NUMBERS = ("balance", "earned_84d", "burnt_84d")


def view(_: Dataset) -> View:
    """Loyalty points per customer."""
    return View("loyalty", ("loyalty",), NUMBERS, build, categories=("tier",), state=("last_at",))


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer with a loyalty movement before `as_of`."""
    movements = tables["loyalty"]
    known = before(movements.mutate(points_delta=movements.points_delta.fill_null(0.0)), instants)
    points, recent = known.points_delta, within(known, 84)
    return known.group_by("customer_id", "as_of").aggregate(
        balance=points.sum(),
        earned_84d=total(points, recent & (points > 0)),
        burnt_84d=total(-points, recent & (points < 0)),
        tier=last(known.tier, known.occurred_at, known.tier.notnull()),
        last_at=known.occurred_at.max(),
    )
