"""Which offer moves each customer most: every offer valid now on every channel, vectorised over customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.effects import Effects
from configs.errors import DataError
from decisioning.arbitration import Effect, EffectOn, Evidence
from decisioning.candidates import candidates
from decisioning.offers import Offer
from features.encoding import from_table
from features.vectors import FeatureVector, Value, of_kind
from serving.catalogue import VIEW, Catalogue
from serving.effects import CHANNEL, EffectModel
from serving.models import EffectsModel, Interval, Matrix

ROWS_AT_ONCE = 20_000  # customers times actions in one matrix
OFFERS = f"{VIEW}__"


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


def most_effective(
    model: EffectsModel, actions: Sequence[Action], customers: Matrix, by_kind: Mapping[str, Matrix], on: EffectOn
) -> MostEffective:
    """The action of `actions`, of which there is at least one, with the greatest effect on each of n customers.

    `customers` is n x the model's sources, NaN where a source is not the customer's; `by_kind` likewise, with the
    sources that differ between kinds of offers. The effect is that on `on`, or on the other target where the model has
    only that.
    """
    count = len(customers)
    best, greatest = np.zeros(count, np.intp), np.full(count, -np.inf)
    kept: dict[str, Interval] = {}
    for first, some in _in_parts(actions, max(1, ROWS_AT_ONCE // max(count, 1))):
        seen = np.concatenate([_seen(model, action, customers, by_kind) for action in some])
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
    found = most_effective(model, actions, customers, by_kind, on)
    return [found.of(customer) for customer in range(len(vectors))]


def of_table(model: EffectModel, actions: Sequence[Action], table: pa.Table, on: EffectOn) -> MostEffective:
    """`most_effective` for a table of `features.everybody` that holds the actions' kinds. Raises DataError."""
    kinds = tuple(dict.fromkeys(action.offer.kind for action in actions))
    given = set(table.column_names)
    own = {source.name for source in model.artefact.sources if not source.name.startswith(OFFERS)} - {CHANNEL}
    missing = [name for name in sorted(own - given) if not all(of_kind(name, kind) in given for kind in kinds)]
    if missing:
        raise DataError(f"{model.name} version {model.version} needs features that are not there: {', '.join(missing)}")
    by_kind = {kind: _encoded(model.artefact, table, {name: of_kind(name, kind) for name in own}) for kind in kinds}
    return most_effective(model, actions, _encoded(model.artefact, table, {name: name for name in own}), by_kind, on)


def _in_parts(actions: Sequence[Action], size: int) -> Iterator[tuple[int, Sequence[Action]]]:
    for first in range(0, len(actions), size):
        yield first, actions[first : first + size]


def _seen(model: EffectsModel, action: Action, customers: Matrix, by_kind: Mapping[str, Matrix]) -> Matrix:
    """What the model sees of an action on each customer: n x sources."""
    own = model.encode([action.row])
    affinity = by_kind.get(action.offer.kind, own)
    return np.where(np.isnan(own), np.where(np.isnan(affinity), customers, affinity), own)


def _encoded(artefact: Effects, table: pa.Table, names: Mapping[str, str]) -> Matrix:
    """Rows x sources: each source from the column `names` gives for it, NaN where the table lacks it."""
    found = {at: names.get(source.name, "") for at, source in enumerate(artefact.sources)}
    held = [at for at, name in found.items() if name in table.column_names]
    matrix = np.full((table.num_rows, len(found)), np.nan)
    renamed = table.select([found[at] for at in held]).rename_columns([artefact.sources[at].name for at in held])
    matrix[:, held] = from_table([artefact.sources[at] for at in held], renamed)
    return matrix
