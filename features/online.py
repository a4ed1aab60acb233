"""Reads feature vectors from Feast's online store and enforces there what Feast does not: the age of a value."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from feast import FeatureStore, FeatureView
from feast.errors import FeastError
from feast.infra.provider import get_provider
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value as Stored

from configs.errors import StoreUnavailable
from features import recency
from features.definitions import Definitions
from features.vectors import FeatureVector, Value
from features.views.view import CUSTOMER, CUSTOMER_KIND


@dataclass(slots=True)
class _Row:
    """What the store holds of one entity: values fit to be used, the views too old for that, and if it holds any."""

    values: dict[str, Value] = field(default_factory=dict)
    stale: dict[str, None] = field(default_factory=dict)
    known: bool = False


class _Reading:
    """A feature view with what reading it needs, looked up once: names, and the age at which it turns null."""

    def __init__(self, view: FeatureView) -> None:
        self.view = view
        self.features = [one.name for one in view.features]
        self.names = {name: f"{view.name}__{name}" for name in self.features}
        self.ttl_seconds = view.ttl.total_seconds() or math.inf

    def add(self, row: _Row, stored_at: datetime | None, found: Mapping[str, Stored] | None, asked: float) -> None:
        """Put one entity's answer into `row`."""
        if stored_at is None or found is None:
            row.values.update(dict.fromkeys(self.names.values()))
            return
        row.known = True
        if asked - stored_at.timestamp() > self.ttl_seconds:
            row.stale[self.view.name] = None
            found = {}
        for feature, name in self.names.items():
            row.values[name] = _plain(found.get(feature))


class OnlineFeatures:
    """A `features.vectors.FeatureReader`.

    Asks Feast's online stores through their own interface, one call a view: `get_online_features` adds milliseconds of
    bookkeeping, and computes recency from values whose age nobody has looked at.
    """

    def __init__(self, feast: FeatureStore, definitions: Definitions) -> None:
        self._config = feast.config
        self._provider = get_provider(feast.config)
        self._customer = _readings(definitions.views, CUSTOMER)
        self._affinity = _readings(definitions.views, CUSTOMER_KIND)
        self._instants = recency.inputs(frozenset(reading.view.name for reading in self._customer))

    def read(
        self, customer_ids: Sequence[str], as_of: datetime, offer_kinds: Sequence[str] = ()
    ) -> list[FeatureVector]:
        """One vector per id, in order, with affinities to `offer_kinds`.

        A value stored longer than the TTL before `as_of` is null and its view named in `stale`; so is a recency that
        would be computed from it. Raises StoreUnavailable.
        """
        asked = as_of.timestamp()
        rows = self._read(self._customer, CUSTOMER, [(customer,) for customer in customer_ids], asked)
        self._add_recency(rows, asked)
        pairs = [(customer, kind) for customer in customer_ids for kind in offer_kinds]
        kinds = iter(self._read(self._affinity, CUSTOMER_KIND, pairs, asked))
        vectors = []
        for customer, row in zip(customer_ids, rows, strict=True):
            held = {kind: next(kinds) for kind in offer_kinds}
            stale = row.stale | {view: None for one in held.values() for view in one.stale}
            by_kind = {kind: one.values for kind, one in held.items() if one.values}
            vectors.append(FeatureVector(customer, as_of, row.values, tuple(stale), row.known, by_kind))
        return vectors

    def _read(
        self, readings: Sequence[_Reading], names: tuple[str, ...], entities: Sequence[tuple[str, ...]], asked: float
    ) -> list[_Row]:
        keys = [EntityKey(join_keys=names, entity_values=[Stored(string_val=one) for one in key]) for key in entities]
        rows = [_Row() for _ in keys]
        if not keys:
            return rows
        for reading in readings:
            try:
                answers = self._provider.online_read(self._config, reading.view, keys, reading.features)
            except (FeastError, sqlite3.Error, OSError) as error:
                raise StoreUnavailable(f"the online store does not answer: {error}") from error
            for row, (stored_at, found) in zip(rows, answers, strict=True):
                reading.add(row, stored_at, found, asked)
        return rows

    def _add_recency(self, rows: Sequence[_Row], asked: float) -> None:
        """Recency of values that are fresh; null where an instant is null."""
        stored = {
            (view, name): np.array([row.values[f"{view}__{name}"] for row in rows], dtype=np.float64)
            for view, name in self._instants
        }
        for name, days in recency.days(stored, np.full(len(rows), asked)).items():
            for row, value in zip(rows, days.tolist(), strict=True):
                row.values[f"{recency.VIEW}__{name}"] = None if math.isnan(value) else value


def _readings(views: Sequence[FeatureView], entities: tuple[str, ...]) -> list[_Reading]:
    return [_Reading(view) for view in views if set(view.join_keys) == set(entities)]


def _plain(stored: Stored | None) -> Value:
    """A stored value as a number or text; null and NaN are None."""
    kind = None if stored is None else stored.WhichOneof("val")
    if kind is None or kind == "null_val":
        return None
    value: float | str = getattr(stored, kind)
    return None if isinstance(value, float) and math.isnan(value) else value
