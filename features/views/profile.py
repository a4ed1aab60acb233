"""Who the customer is: declared attributes and the start of the relation."""

from __future__ import annotations

import ibis

from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import View


def view(dataset: Dataset) -> View:
    """Declared attributes as they stand in the records, from the moment the customer signed up."""
    declared = dataset.attributes.get("customers", {})
    numbers = tuple(name for name, attribute in declared.items() if attribute.kind == "number")
    categories = tuple(name for name, attribute in declared.items() if attribute.kind == "category")
    return View("profile", ("customers",), numbers, build, categories, state=("signed_up_at",))


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer signed up before `as_of`."""
    customers = tables["customers"]
    return customers.join(instants, customers.signed_up_at < instants.as_of)
