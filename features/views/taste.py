"""How much of what a kind of offer is about the customer buys: categories of baskets against those of valid offers."""

from __future__ import annotations

import ibis

from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import CUSTOMER_KIND, DAY, View

RECENT_DAYS = 56.0
PRIOR_BASKETS = 2.0  # with few baskets the rate is drawn towards none
NUMBERS = ("categories_bought", "categories_share", "bought_per_basket")


def view(_: Dataset) -> View:
    """Per customer and kind of offer, over the last eight weeks; empty where the records hold no categories."""
    return View("taste", ("transactions", "offers"), NUMBERS, build, entities=CUSTOMER_KIND)


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer with a basket, and kind with an offer begun, before `as_of`.

    No row ever goes away again, for then the one before it would be taken for the present: who stopped buying, and a
    kind without a valid offer, have zeros.
    """
    lines = _lines(tables["transactions"])
    topics = _topics(tables["offers"])
    bought, offered = _bought(lines, topics, instants), _offered(topics, instants)
    joined = (
        _everyone(lines, topics, instants)
        .left_join(_baskets(lines, instants), ["customer_id", "as_of"])
        .drop("customer_id_right", "as_of_right")
        .left_join(offered, ["offer_kind", "as_of"])
        .drop("offer_kind_right", "as_of_right")
        .left_join(bought, ["customer_id", "offer_kind", "as_of"])
    )
    distinct, pairs = joined.distinct_.fill_null(0), joined.pairs.fill_null(0)
    return joined.select(
        "customer_id",
        "offer_kind",
        "as_of",
        categories_bought=distinct,
        categories_share=distinct / joined.offered.fill_null(1),
        bought_per_basket=pairs / (joined.baskets.fill_null(0) + PRIOR_BASKETS),
    )


def _lines(transactions: ibis.Table) -> ibis.Table:
    """Baskets whose categories are known."""
    known = transactions.filter(transactions.categories.notnull())
    return known.select("customer_id", "occurred_at", "categories")


def _topics(offers: ibis.Table) -> ibis.Table:
    """(offer_kind, category, valid_from, valid_to): what each offer is about."""
    about = offers.select(
        offer_kind="kind",
        category=offers.categories.unnest(),
        valid_from=offers.valid_from.fill_null(0.0),
        valid_to="valid_to",
    )
    return about.filter(about.category.notnull()).distinct()


def _everyone(lines: ibis.Table, topics: ibis.Table, instants: ibis.Table) -> ibis.Table:
    """(customer_id, offer_kind, as_of) of those who have bought and the kinds that have begun."""
    customers = lines.group_by("customer_id").aggregate(since=lines.occurred_at.min())
    kinds = topics.group_by("offer_kind").aggregate(since=topics.valid_from.min())
    bought = customers.join(instants, customers.since < instants.as_of).select("customer_id", "as_of")
    again = instants.view()
    begun = kinds.join(again, kinds.since <= again.as_of).select("offer_kind", "as_of")
    return bought.join(begun, "as_of").select("customer_id", "offer_kind", "as_of")


def _valid(topics: ibis.Table, instants: ibis.Table) -> ibis.Table:
    """(offer_kind, category, as_of) of the offers valid at `as_of`, each once."""
    begun = topics.valid_from <= instants.as_of
    valid = topics.join(instants, [begun, topics.valid_to.isnull() | (topics.valid_to > instants.as_of)])
    return valid.select("offer_kind", "category", "as_of").distinct()


def _offered(topics: ibis.Table, instants: ibis.Table) -> ibis.Table:
    valid = _valid(topics, instants)
    return valid.group_by("offer_kind", "as_of").aggregate(offered=valid.count())


def _recent(lines: ibis.Table, instants: ibis.Table) -> ibis.Table:
    """Baskets of the last weeks before each `as_of`."""
    since = instants.as_of - RECENT_DAYS * DAY
    return lines.join(instants, [lines.occurred_at < instants.as_of, lines.occurred_at >= since])


def _baskets(lines: ibis.Table, instants: ibis.Table) -> ibis.Table:
    recent = _recent(lines, instants)
    return recent.group_by("customer_id", "as_of").aggregate(baskets=recent.count())


def _bought(lines: ibis.Table, topics: ibis.Table, instants: ibis.Table) -> ibis.Table:
    """Distinct categories bought, and (basket, category) pairs, among those a kind of offer is about."""
    recent = _recent(lines, instants)
    parts = recent.select("customer_id", "as_of", category=recent.categories.unnest())
    found = parts.view().join(_valid(topics, instants).view(), ["as_of", "category"])
    return found.group_by("customer_id", "offer_kind", "as_of").aggregate(
        distinct_=found.category.nunique(), pairs=found.count()
    )
