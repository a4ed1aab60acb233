"""Reads feature vectors from Feast's online store and enforces there what Feast does not: the age of a value."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feast import FeatureStore, FeatureView
from feast.errors import FeastError

from configs.errors import StoreUnavailable
from features import recency
from features.definitions import ASKED_AT, Definitions
from features.vectors import FeatureVector, Value
from features.views.view import CUSTOMER, CUSTOMER_KIND

Table = Mapping[str, Sequence[Value]]  # `<view>__<feature>` and `<view>__<feature>__ts`, by row


@dataclass(frozen=True, slots=True)
class _Row:
    """What the store holds of one entity: values fit to be used, the views too old for that, and if it holds any."""

    values: dict[str, Value]
    stale: tuple[str, ...]
    known: bool


class OnlineFeatures:
    """A `features.vectors.FeatureReader`. Feast's objects are held, for looking one up costs 11 ms."""

    def __init__(self, feast: FeatureStore, definitions: Definitions) -> None:
        self._feast = feast
        self._ttl_seconds = {view.name: view.ttl.total_seconds() or math.inf for view in definitions.views}
        recent = [f"{definitions.recency.name}:{field.name}" for field in definitions.recency.features]
        self._customer = _references(definitions.views, CUSTOMER) + recent
        self._affinity = _references(definitions.views, CUSTOMER_KIND)

    def read(
        self, customer_ids: Sequence[str], as_of: datetime, offer_kinds: Sequence[str] = ()
    ) -> list[FeatureVector]:
        """One vector per id, in order, with affinities to `offer_kinds`.

        A value stored longer than the TTL before `as_of` is null and its view named in `stale`; so is a recency that
        would be computed from it. Raises StoreUnavailable.
        """
        asked = as_of.timestamp()
        table = self._get(self._customer, [{"customer_id": customer, ASKED_AT: asked} for customer in customer_ids])
        affinities = self._read_affinities(customer_ids, asked, offer_kinds)
        vectors = []
        for place, customer in enumerate(customer_ids):
            row, kinds = self._row(table, place, asked), affinities.get(customer, {})
            stale = dict.fromkeys([*row.stale, *(view for kind in kinds.values() for view in kind.stale)])
            by_kind = {kind: held.values for kind, held in kinds.items()}
            vectors.append(FeatureVector(customer, as_of, row.values, tuple(stale), row.known, by_kind))
        return vectors

    def _get(self, features: list[str], rows: Sequence[Mapping[str, str | float]]) -> Table:
        try:
            answer = self._feast.get_online_features(features, rows, full_feature_names=True)
        except (FeastError, sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"the online store does not answer: {error}") from error
        table: Table = answer.to_dict(include_event_timestamps=True)
        return table

    def _row(self, table: Table, place: int, asked: float) -> _Row:
        values: dict[str, Value] = {}
        stale: dict[str, None] = {}
        known = False
        for name, column in table.items():
            stamps = table.get(name + "__ts")
            if stamps is None or "__" not in name:
                continue
            value, stored_at = column[place], stamps[place]
            if stored_at:
                known = True
                view = name.partition("__")[0]
                if asked - float(stored_at) > self._ttl_seconds.get(view, math.inf):
                    stale[view] = None
                    value = None
            values[name] = None if isinstance(value, float) and math.isnan(value) else value
        if stale:
            _forget_recency(values, stale)
        return _Row(values, tuple(stale), known)

    def _read_affinities(
        self, customer_ids: Sequence[str], asked: float, offer_kinds: Sequence[str]
    ) -> dict[str, dict[str, _Row]]:
        if not offer_kinds or not self._affinity:
            return {}
        pairs = [(customer, kind) for customer in customer_ids for kind in offer_kinds]
        table = self._get(self._affinity, [{"customer_id": customer, "offer_kind": kind} for customer, kind in pairs])
        found: dict[str, dict[str, _Row]] = {}
        for place, (customer, kind) in enumerate(pairs):
            found.setdefault(customer, {})[kind] = self._row(table, place, asked)
        return found


def _references(views: Sequence[FeatureView], entities: tuple[str, ...]) -> list[str]:
    """Feast's names of every feature of the views with these entities."""
    return [
        f"{view.name}:{field.name}" for view in views if set(view.join_keys) == set(entities) for field in view.features
    ]


def _forget_recency(values: dict[str, Value], stale: Mapping[str, None]) -> None:
    """Feast computes recency before a value's age is looked at."""
    prefix = f"{recency.VIEW}__"
    for name in values:
        if name.startswith(prefix) and recency.source(name.removeprefix(prefix)) in stale:
            values[name] = None
