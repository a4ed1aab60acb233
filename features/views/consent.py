"""Which channels the customer allows: 1 granted, 0 refused, null never asked."""

from __future__ import annotations

import ibis

from configs.channels import CHANNELS
from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import View, before


def view(_: Dataset) -> View:
    """The latest consent per customer and channel, one feature a channel."""
    return View("consent", ("consents",), CHANNELS, build, ageless=True)


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer with a consent changed before `as_of`; of two changes in one second, refusal holds."""
    known = before(tables["consents"], instants, "changed_at")
    order = known.changed_at * 2 + (~known.granted).cast("float64")
    return known.group_by("customer_id", "as_of").aggregate(
        **{channel: known.granted.cast("float64").argmax(order, where=known.channel == channel) for channel in CHANNELS}
    )
