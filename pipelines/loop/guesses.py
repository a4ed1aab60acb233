"""Simple models of what is seen: who stays away, and who accepts what. Baselines lean on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier

from pipelines.loop.evidence import Evidence
from pipelines.market.arrays import Vector
from pipelines.market.catalogue import CHANNELS, KINDS, NOTHING, Catalogue
from pipelines.market.observe import CATEGORIES


class Risk:
    """The probability of no purchase and no bill in the next eight weeks, learned from control."""

    def __init__(self, known: Evidence) -> None:
        control = known.action == NOTHING
        self._columns = [str(name) for name in _numbers(known.seen)]
        self._model = _model(60).fit(_numbers(known.seen).to_numpy(np.float64)[control], 1.0 - known.retention[control])

    def __call__(self, seen: pd.DataFrame) -> Vector:
        """(n,)."""
        return _probability(self._model, _numbers(seen, self._columns).to_numpy(np.float64))


class Accepting:
    """The probability that a contact is accepted, learned from everybody who was contacted."""

    def __init__(self, known: Evidence) -> None:
        treated = known.action != NOTHING
        self._columns, self._actions = [str(name) for name in _numbers(known.seen)], _described(known.catalogue)
        beside = self._actions[known.action[treated]]
        rows = np.hstack([_numbers(known.seen)[treated], beside])
        self._model = _model(120).fit(rows, known.accepted[treated])

    def __call__(self, seen: pd.DataFrame) -> Vector:
        """(n, K)."""
        numbers = _numbers(seen, self._columns).to_numpy(np.float64)
        each = [np.hstack([numbers, np.tile(action, (len(numbers), 1))]) for action in self._actions]
        return np.column_stack([_probability(self._model, rows) for rows in each])


def _model(trees: int) -> LGBMClassifier:
    return LGBMClassifier(
        n_estimators=trees,
        learning_rate=0.07,
        num_leaves=15,
        min_child_samples=40,
        n_jobs=1,
        random_state=0,
        verbose=-1,
    )


def _probability(model: LGBMClassifier, rows: Vector) -> Vector:
    return np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)


def _numbers(seen: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """What is seen with a column for each category, in the order of `columns`."""
    numbers = pd.get_dummies(seen, columns=list(CATEGORIES), dtype=float)
    return numbers if columns is None else numbers.reindex(columns=list(columns), fill_value=0.0)


def _described(catalogue: Catalogue) -> Vector:
    """(K, columns): depth, cost, kind and channel of each action."""
    offers = [catalogue.offers[action.offer] for action in catalogue.actions]
    kinds = [[float(offer.kind == kind) for kind in KINDS] for offer in offers]
    channels = [[float(action.channel_name == channel) for channel in CHANNELS] for action in catalogue.actions]
    return np.column_stack([[offer.depth for offer in offers], catalogue.cost, kinds, channels])
