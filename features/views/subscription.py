"""The subscription in force: plan, price, how long it has run and when it renews."""

from __future__ import annotations

import ibis

from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import View, before, latest

NUMBERS = ("price", "subscriptions", "ended")


def view(_: Dataset) -> View:
    """The latest subscription per customer."""
    return View(
        "subscription", ("subscriptions",), NUMBERS, build, categories=("plan",), state=("started_at", "renews_at")
    )


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer with a subscription started before `as_of`; an end after `as_of` is not yet known."""
    known = before(tables["subscriptions"], instants, "started_at")
    known = known.mutate(ended=(known.ended_at < known.as_of).fill_null(False).cast("float64"))
    known = known.mutate(subscriptions=known.count().over(group_by=["customer_id", "as_of"]))
    return latest(known.drop("ended_at"), ("customer_id", "as_of"), "started_at")
