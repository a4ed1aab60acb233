"""The policies and catalogues that decisions were made under, as far as the ledger tells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from configs.policy import Policy
from decisioning.budgets import Budget, capacity
from decisioning.exploration import Exploration
from decisioning.offers import Offer


@dataclass(frozen=True)
class Ruled:
    """One policy with one catalogue: how it explores, and its budgets, capacities of offers among them."""

    version: str
    exploration: Exploration
    budgets: tuple[Budget, ...]


def ruled(documents: Sequence[tuple[str, str]]) -> list[Ruled]:
    """Policies and catalogues as JSON, in order; a policy that is gone, or that another Tenure wrote, is left out."""
    found = []
    for text, catalogue in documents:
        try:
            policy = Policy.model_validate_json(text)
        except ValidationError:
            continue
        rules = policy.rules()
        found.append(Ruled(policy.version, rules.exploration, (*rules.budgets, *_capacities(catalogue))))
    return found


def _capacities(catalogue: str) -> Iterator[Budget]:
    for row in json.loads(catalogue).get("offers", ()):
        told = {name: row.get(name) for name in ("offer_id", "name", "kind", "cost", "value", "capacity")}
        yield from capacity(Offer(**told, channels=()))
