"""The catalogue: what an offer is and what it gives."""

from __future__ import annotations

import ibis

from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import DAY, View

NUMBERS = ("cost", "value", "duration_days", "categories")


def view(dataset: Dataset) -> View:
    """Offers with their declared attributes, from the moment they are valid."""
    declared = dataset.attributes.get("offers", {})
    numbers = tuple(name for name, attribute in declared.items() if attribute.kind == "number")
    categories = tuple(name for name, attribute in declared.items() if attribute.kind == "category")
    return View("offers", ("offers",), (*NUMBERS, *numbers), build, ("kind", *categories), entities=("offer_id",))


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per offer whose validity began at or before `as_of`."""
    offers = tables["offers"]
    offers = offers.mutate(
        duration_days=(offers.valid_to - offers.valid_from) / DAY,
        categories=offers.categories.length().cast("float64"),
    )
    return offers.join(instants, offers.valid_from.fill_null(0.0) <= instants.as_of)
