"""What was offered and accepted, and how long ago: per customer (`contact`) and per kind of offer (`affinity`)."""

from __future__ import annotations

from functools import partial

import ibis

from configs.dataset import Dataset
from features.contract import CONTROL
from features.tables import Tables
from features.views.view import CUSTOMER, CUSTOMER_KIND, View, before, count, total, within

NUMBERS = (
    "offered",
    "offered_56d",
    "accepted",
    "accepted_value",
    "acceptance_rate",
)
STATE = ("last_offered_at", "last_accepted_at")
PRIOR_OFFERS, PRIOR_RATE = 4.0, 0.1  # a customer's rate is shrunk as if it had seen this before


def views(dataset: Dataset) -> tuple[View, View]:
    """The same history per customer, and per customer and kind of offer."""
    kinds = dataset.acceptance.kinds
    return (
        View(
            "contact", ("treatments", "offers"), NUMBERS, partial(_build, kinds=kinds, entities=CUSTOMER), state=STATE
        ),
        View(
            "affinity",
            ("treatments", "offers"),
            NUMBERS,
            partial(_build, kinds=kinds, entities=CUSTOMER_KIND),
            state=STATE,
            entities=CUSTOMER_KIND,
        ),
    )


def _build(tables: Tables, instants: ibis.Table, *, kinds: tuple[str, ...], entities: tuple[str, ...]) -> ibis.Table:
    """One row per entity offered something, or accepting something, before `as_of`."""
    known = before(contacts(tables, kinds), instants)
    offered, accepted = known.offered, ~known.offered
    rows = known.group_by(*entities, "as_of").aggregate(
        offered=count(offered),
        offered_56d=count(offered & within(known, 56)),
        accepted=known.offer_id.nunique(where=accepted),
        accepted_value=total(known.value.fill_null(1.0), accepted),
        last_offered_at=known.occurred_at.max(where=offered),
        last_accepted_at=known.occurred_at.max(where=accepted),
    )
    rate = (rows.accepted + PRIOR_OFFERS * PRIOR_RATE) / (rows.offered + PRIOR_OFFERS)
    return rows.mutate(acceptance_rate=rate)


def contacts(tables: Tables, kinds: tuple[str, ...]) -> ibis.Table:
    """Offers made (`offered`) and accepted, one row each. Control treatments are no contact.

    Columns customer_id, occurred_at, offer_id, offer_kind, value, offered.
    """
    treatments = tables["treatments"]
    made = treatments.filter(treatments.offer_id != CONTROL).select("customer_id", "occurred_at", "offer_id")
    events = made.mutate(value=ibis.null("float64"), offered=ibis.literal(True))
    if "outcomes" in tables:
        outcomes = tables["outcomes"]
        taken = outcomes.filter(outcomes.kind.isin(kinds) & (outcomes.offer_id != CONTROL))
        taken = taken.select("customer_id", "occurred_at", "offer_id", "value")
        events = events.union(taken.mutate(offered=ibis.literal(False)))
    offers = tables["offers"].select("offer_id", offer_kind="kind")
    return events.join(offers, "offer_id")
