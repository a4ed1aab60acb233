"""What is in the baskets of the last year, and what each customer bought and accepted in it."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from features.contract import CONTROL
from features.views.view import DAY
from monitoring.draw import drawn_of
from monitoring.retention.records import Records

DAYS = 365
MOST = 50_000  # baskets that are looked at
BOUGHT, ACCEPTED = "bought", "accepted"


@dataclass(frozen=True)
class Baskets:
    """Whole customers' baskets: `held` (baskets, items) of zeros and ones, each basket's customer numbered from 0.

    `verbs` say of each item whether it was bought or accepted. `of` is how many customers there were in all.
    """

    held: sparse.csc_array
    customers: NDArray[np.intp]
    names: tuple[str, ...]
    verbs: tuple[str, ...]
    of: int


def bought(records: Records, most: int = MOST) -> Baskets | None:
    """Baskets of categories: what a customer bought at one instant. None where no transaction tells its category."""
    sold = _sold(records)
    return None if sold is None else _read(records, sold, ibis._.count(), most)


def lived(records: Records, most: int = MOST) -> Baskets | None:
    """One basket per customer: the offers accepted and the categories bought. None where no offer was accepted."""
    if not records.has("outcomes"):
        return None
    parts = [part.mutate(at=ibis.literal(0.0)) for part in (_taken(records), _sold(records)) if part is not None]
    found = _read(records, ibis.union(*parts) if len(parts) > 1 else parts[0], ibis._.at.nunique(), most)
    return found if found is not None and ACCEPTED in found.verbs else None


def _sold(records: Records) -> ibis.Table | None:
    """(customer_id, at, verb, items) of transactions with a category."""
    if not records.has("transactions"):
        return None
    sales = records.table("transactions")
    sales = sales.filter(sales.occurred_at >= records.seconds - DAYS * DAY)
    several = sales.categories if "categories" in sales.columns else ibis.null("array<string>")
    one = sales.category if "category" in sales.columns else ibis.null("string")
    sales = sales.mutate(several=several, one=one)
    listed = (sales.several.length() > 0).fill_null(False)
    sales = sales.filter(listed | sales.one.notnull())
    return _rows(sales, BOUGHT, listed.ifelse(sales.several, ibis.array([sales.one])))


def _taken(records: Records) -> ibis.Table:
    """(customer_id, at, verb, items) of acceptances; an offer is told by its name where it has one."""
    came = records.table("outcomes")
    since = came.occurred_at >= records.seconds - DAYS * DAY
    came = came.filter(since & came.kind.isin(records.dataset.acceptance.kinds) & (came.offer_id != CONTROL))
    if not records.has("offers") or "name" not in records.table("offers").columns:
        return _rows(came, ACCEPTED, ibis.array([came.offer_id]))
    named = came.left_join(records.table("offers").select("offer_id", "name"), "offer_id")
    return _rows(named, ACCEPTED, ibis.array([named.name.fill_null(named.offer_id)]))


def _rows(events: ibis.Table, verb: str, items: ibis.expr.types.ArrayValue) -> ibis.Table:
    return events.select("customer_id", at="occurred_at", verb=ibis.literal(verb), items=items)


def _read(records: Records, rows: ibis.Table, size: ibis.Deferred, most: int) -> Baskets | None:
    """At most so many, `size` of each customer, of those whose ids have the smallest digests: the same at every run."""
    sizes = records.hold(rows.group_by("customer_id").aggregate(rows=size))
    total = records.row(sizes.aggregate(baskets=sizes["rows"].sum(), customers=sizes.count()))
    drawn = (total["baskets"] or 0) > most
    if drawn:
        rows = rows.semi_join(drawn_of(sizes, most), "customer_id")
    each = rows.select("customer_id", "at", "verb", item=rows["items"].unnest())
    each = each.filter(each.item.notnull() & (each.item != "")).distinct()
    found = records.frame(each.order_by(*each.columns))
    return None if found.empty else _numbered(found, total["customers"] if drawn else found.customer_id.nunique())


def _numbered(found: pd.DataFrame, of: int) -> Baskets:
    whole = found.groupby(["customer_id", "at"], sort=False).ngroup().to_numpy()
    item = found.groupby(["verb", "item"]).ngroup().to_numpy()
    customers = pd.factorize(found.customer_id[~found.duplicated(["customer_id", "at"])])[0]
    labels = found[["verb", "item"]].drop_duplicates().sort_values(["verb", "item"])
    held = sparse.csc_array((np.ones(len(found)), (whole, item)), shape=(len(customers), len(labels)))
    return Baskets(held, customers, tuple(labels.item), tuple(labels.verb), of)
