"""How much of what a kind of offer is about the customer buys: baskets' categories against those of the valid offers."""

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
    """One row per customer with a recent basket and kind with a valid offer at `as_of`."""
    about = _offered(tables["offers"], instants)
    baskets = _recent(tables["transactions"], instants)
    bought = _bought(baskets, about)
    kinds = about.group_by("offer_kind", "as_of").aggregate(offered=about.count())
    counts = baskets.group_by("customer_id", "as_of").aggregate(baskets=baskets.count())
    everyone = counts.join(kinds.view(), "as_of")
    joined = everyone.left_join(bought.view(), ["customer_id", "offer_kind", "as_of"])
    distinct, pairs = joined.distinct_.fill_null(0), joined.pairs.fill_null(0)
    return joined.select(
        "customer_id",
        "offer_kind",
        "as_of",
        categories_bought=distinct,
        categories_share=distinct / joined.offered,
        bought_per_basket=pairs / (joined.baskets + PRIOR_BASKETS),
    )


def _offered(offers: ibis.Table, instants: ibis.Table) -> ibis.Table:
    """(offer_kind, category, as_of) of the offers valid at `as_of`, each once."""
    begun = offers.valid_from.isnull() | (offers.valid_from <= instants.as_of)
    valid = offers.join(instants, [begun, offers.valid_to.isnull() | (offers.valid_to > instants.as_of)])
    about = valid.select("as_of", offer_kind="kind", category=valid.categories.unnest())
    return about.filter(about.category.notnull()).distinct()


def _recent(transactions: ibis.Table, instants: ibis.Table) -> ibis.Table:
    """Baskets of the last weeks before each `as_of`."""
    since = RECENT_DAYS * DAY
    return transactions.select("customer_id", "occurred_at", "categories").join(
        instants,
        [transactions.occurred_at < instants.as_of, transactions.occurred_at >= instants.as_of - since],
    )


def _bought(baskets: ibis.Table, about: ibis.Table) -> ibis.Table:
    """Distinct categories bought, and (basket, category) pairs, among those a kind of offer is about."""
    lines = baskets.select("customer_id", "as_of", category=baskets.categories.unnest())
    found = lines.view().join(about.view(), ["as_of", "category"])
    return found.group_by("customer_id", "offer_kind", "as_of").aggregate(
        distinct_=found.category.nunique(), pairs=found.count()
    )
