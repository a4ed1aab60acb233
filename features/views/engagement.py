"""Visits, opens and clicks, and how long ago, per channel."""

from __future__ import annotations

import ibis

from configs.channels import CHANNELS
from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import View, before, count, within

NUMBERS = (
    "count_7d",
    "count_28d",
    "count_84d",
    "opens_84d",
    "clicks_84d",
    "unsubscribes",
    *(f"{channel}_84d" for channel in CHANNELS),
)


def view(_: Dataset) -> View:
    """Interactions per customer."""
    return View("engagement", ("interactions",), NUMBERS, build, state=("last_at",))


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer with an interaction before `as_of`."""
    known = before(tables["interactions"], instants)
    recent = within(known, 84)
    return known.group_by("customer_id", "as_of").aggregate(
        count_7d=count(within(known, 7)),
        count_28d=count(within(known, 28)),
        count_84d=count(recent),
        opens_84d=count(recent & (known.kind == "open")),
        clicks_84d=count(recent & (known.kind == "click")),
        unsubscribes=count(known.kind == "unsubscribe"),
        last_at=known.occurred_at.max(),
        **{f"{channel}_84d": count(recent & (known.channel == channel)) for channel in CHANNELS},
    )
