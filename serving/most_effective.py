"""Which offer moves each customer most: every offer valid now on every channel, vectorised over customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from decisioning.arbitration import Effect, EffectOn, Evidence
from decisioning.candidates import candidates
from decisioning.offers import Offer
from features.vectors import FeatureVector, Value
from serving.catalogue import Catalogue
from serving.effects import EffectModel
from serving.models import EffectsModel, Interval
from serving.pairs import Pairs, pairs

ROWS_AT_ONCE = 20_000  # customers times actions in one matrix


@dataclass(frozen=True)
class Action:
    """An offer on a channel with evidence of its effect; `row` is what the model sees of it."""

    offer: Offer
    channel: str
    evidence: Evidence
    row: Mapping[str, Value]


@dataclass(frozen=True)
class MostEffective:
    """Per customer the position of the action with the greatest effect, and its effects by target."""

    actions: tuple[Action, ...]
    best: NDArray[np.intp]
    effects: Mapping[str, Interval]

    def of(self, customer: int) -> tuple[Action, Effect]:
        """The action with the greatest effect on one customer, by position, and that effect."""
        action = self.actions[self.best[customer]]
        uplift, low, high = self._at("retention", customer)
        return action, Effect(uplift, low, high, action.evidence, *self._at("margin", customer))

    def _at(self, target: str, customer: int) -> tuple[float, ...] | tuple[None, ...]:
        found = self.effects.get(target)
        return (None,) * 3 if found is None else tuple(float(values[customer]) for values in found)


def actions_at(catalogue: Catalogue, model: EffectsModel, now: datetime) -> tuple[Action, ...]:
    """The actions valid at `now` whose effect there is evidence of."""
    valid = candidates(offer for offer in catalogue.offers if offer.valid_at(now))[:-1]
    rows = catalogue.rows(valid, FeatureVector("", now, {}))
    return tuple(
        Action(one.offer, one.channel, grade, row)
        for one, row in zip(valid, rows, strict=True)
        if one.offer and one.channel and (grade := model.grade(one.offer, one.channel)) != "none"
    )


def most_effective(model: EffectsModel, actions: Sequence[Action], customers: Pairs, on: EffectOn) -> MostEffective:
    """The action of `actions`, of which there is at least one, with the greatest effect on each of n customers.

    The effect is that on `on`, or on the other target where the model has only that.
    """
    count = len(customers.customers)
    best, greatest = np.zeros(count, np.intp), np.full(count, -np.inf)
    kept: dict[str, Interval] = {}
    for first, some in _in_parts(actions, max(1, ROWS_AT_ONCE // max(count, 1))):
        seen = np.concatenate([customers.beside(action.row, action.offer.kind) for action in some])
        measured = model.measure(seen, np.repeat([model.tried(action.offer) for action in some], count))
        for target in measured.keys() - kept.keys():
            kept[target] = (np.full(count, np.nan), np.full(count, np.nan), np.full(count, np.nan))
        deciding = measured[on if on in measured else next(iter(measured))][0]
        for number in range(len(some)):
            rows = np.arange(number * count, (number + 1) * count)
            better = deciding[rows] > greatest
            best[better], greatest[better] = first + number, deciding[rows][better]
            for target, found in measured.items():
                for into, values in zip(kept[target], found, strict=True):
                    into[better] = values[rows][better]
    return MostEffective(tuple(actions), best, kept)


def of_vectors(
    model: EffectsModel, actions: Sequence[Action], vectors: Sequence[FeatureVector], on: EffectOn
) -> list[tuple[Action, Effect]]:
    """`most_effective` for feature vectors that hold affinities to the actions' kinds."""
    customers = model.encode([vector.values for vector in vectors])
    kinds = dict.fromkeys(action.offer.kind for action in actions)
    by_kind = {kind: model.encode([vector.by_kind.get(kind, {}) for vector in vectors]) for kind in kinds}
    found = most_effective(model, actions, Pairs(customers, by_kind, model.encode), on)
    return [found.of(customer) for customer in range(len(vectors))]


def of_table(model: EffectModel, actions: Sequence[Action], table: pa.Table, on: EffectOn) -> MostEffective:
    """`most_effective` for a table of `features.everybody` that holds the actions' kinds. Raises DataError."""
    kinds = tuple(dict.fromkeys(action.offer.kind for action in actions))
    seen = pairs(model.artefact.sources, model.row_encoder, table, kinds, f"{model.name} version {model.version}")
    return most_effective(model, actions, seen, on)


def _in_parts(actions: Sequence[Action], size: int) -> Iterator[tuple[int, Sequence[Action]]]:
    for first in range(0, len(actions), size):
        yield first, actions[first : first + size]
